/** For searching: without marks and case, so that "lai chau" finds "Lai Châu". */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/giu, 'd').toLowerCase().trim();
}
