export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'neutral' | 'good' | 'wait' | 'bad';
  /** A newer one of the same kind takes its place. */
  readonly kind: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

const TOAST_MS = 6_000;
const MAX_SHOWN = 3;

/** Short messages at the lower edge of the stage. They never take the focus. */
class Toasts {
  shown = $state.raw<readonly Toast[]>([]);
  #next = 1;

  show(text: string, options: Partial<Pick<Toast, 'tone' | 'action' | 'kind'>> & { forMs?: number } = {}): number {
    const { forMs = TOAST_MS, ...rest } = options;
    const toast: Toast = { id: this.#next++, text, tone: 'neutral', kind: text, ...rest };
    this.shown = [...this.shown.filter((each) => each.kind !== toast.kind), toast].slice(-MAX_SHOWN);
    setTimeout(() => this.close(toast.id), forMs);
    return toast.id;
  }

  /** What they told is no longer so. */
  closeKind(kind: string): void {
    this.shown = this.shown.filter((toast) => toast.kind !== kind);
  }

  close(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
