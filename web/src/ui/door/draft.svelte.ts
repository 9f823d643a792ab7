import type { NameParts } from './view';

/** What is being typed at the door. It survives refusals, and the name survives the visit. */
export class NameDraft {
  point = $state('');
  name = $state('');
  unit = $state('');
  password = $state('');

  parts(): NameParts {
    return { point: tidy(this.point), name: tidy(this.name), unit: tidy(this.unit) };
  }

  take(parts: NameParts): void {
    this.point = parts.point;
    this.name = parts.name;
    this.unit = parts.unit;
  }

  /** Kept for the next visit from this device; the password never is (S29). */
  keep(): void {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.parts()));
    } catch {
      // storage is closed to this page: the name is typed again next time
    }
  }

  recall(): void {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
      if (isParts(kept)) this.take(kept);
    } catch {
      // nothing kept, or not by this page
    }
  }
}

const KEY = 'hoptt.name';

function tidy(text: string): string {
  return text.normalize('NFC').trim().replace(/\s+/g, ' ');
}

function isParts(value: unknown): value is NameParts {
  if (typeof value !== 'object' || value === null) return false;
  const parts = value as Record<string, unknown>;
  return ['point', 'name', 'unit'].every((part) => typeof parts[part] === 'string');
}
