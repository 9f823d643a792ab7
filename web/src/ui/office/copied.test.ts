import { expect, test } from 'vitest';
import { copiedText } from './copied';

test('what was copied is said by its name', () => {
  expect(copiedText({ kind: 'person', name: 'Sở Y tế' })).toBe('Đã chép đường dẫn của Sở Y tế.');
  expect(copiedText({ kind: 'room', name: 'Giao ban' })).toBe('Đã chép đường dẫn phòng họp Giao ban.');
  expect(copiedText({ kind: 'list' })).toBe('Đã chép cả danh sách mời.');
});
