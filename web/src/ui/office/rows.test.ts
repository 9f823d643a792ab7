import { expect, test } from 'vitest';
import { faultText } from '../login/fault_texts';
import { emptyRow, type RowDraft, written } from './plan';
import { numbered, refusedRow, type RowFault, rowFaults } from './rows';

const row = (changes: Partial<RowDraft>): RowDraft => ({ ...emptyRow(), ...changes });
const refused = (details: Record<string, string | number>) => ({
  code: 'invitation.invalid',
  message: '',
  field: 'invited',
  details,
});
const text = (fault: RowFault | null, rows: readonly RowDraft[]) => fault && faultText(numbered(fault, rows));
const said = (rows: readonly RowDraft[]) => rowFaults(written(rows)).map((fault) => text(fault, rows));

test('rows that are alike are all told, as they are counted on the page', () => {
  const rows = [
    row({}),
    row({ point: 'Sở Y tế', name: 'Lê Văn An, Giám đốc' }),
    row({ point: 'Sở  Y tế ', name: 'Lê Văn An,  Giám đốc' }),
    row({ point: 'UBND tỉnh' }),
    row({ name: 'UBND tỉnh' }),
  ];
  expect(said(rows)).toEqual([
    'Dòng 3: trùng với dòng 2. Sửa hoặc bỏ một dòng.',
    'Dòng 5: trùng với dòng 4. Sửa hoặc bỏ một dòng.',
  ]);
});

test.each([
  [row({ point: 'Sở Y tế', name: 'An' }), row({ point: 'Sở Y tế', name: 'Bình' })],
  [row({ point: 'Sở Y tế', unit: 'a' }), row({ point: 'Sở Y tế', unit: 'b' })],
  [row({ login: 'an.nv' }), row({ login: 'an.nv' })],
])('%o and %o may stand beside each other, or the server knows', (one, other) => {
  expect(said([one, other])).toEqual([]);
});

test('a row with a unit alone is not dropped in silence', () => {
  expect(said([row({ unit: 'Sở Y tế' })])).toEqual(['Dòng 1: thiếu điểm cầu và họ tên. Ghi ít nhất một trong hai.']);
});

test.each([
  [{ row: 2, part: 'bridge_point', cause: 'twice', other: 1 }, 'Dòng 3: trùng với dòng 2. Sửa hoặc bỏ một dòng.'],
  [
    { row: 2, part: 'bridge_point', cause: 'twice', other: 0 },
    'Dòng 3: trùng với chủ trì, là người tạo cuộc họp. Bỏ dòng này.',
  ],
  [{ row: 2, part: 'name', cause: 'characters' }, 'Dòng 3: có ký tự không hiện được. Xóa và gõ lại.'],
  [{ row: 2, part: 'unit', cause: 'too_long', max: 200 }, 'Dòng 3: dài quá 200 ký tự. Rút gọn.'],
  [{ row: 2, part: 'branch', cause: 'branch' }, 'Dòng 3: tên nhánh dài quá 80 ký tự, hoặc có ký tự không hiện được.'],
  [{ row: 2, part: 'role', cause: 'role' }, 'Dòng 3: vai trò này không mời riêng được. Chọn vai trò khác.'],
  [
    { row: 2, part: 'login', cause: 'account' },
    'Dòng 3: không có tài khoản này trong đơn vị. Kiểm tra lại tên đăng nhập, hoặc để trống ô tài khoản.',
  ],
])('a row refused with %o says the one cause', (details, sentence) => {
  const rows = [row({}), row({ point: 'A' }), row({ point: 'B' })];
  const fault = refusedRow(refused(details), written(rows));
  expect(text(fault, rows)).toBe(sentence);
});

test('the fault stays with its row when others go', () => {
  const [first, second] = [row({ point: 'A' }), row({ point: 'B' })];
  const fault = refusedRow(refused({ row: 2, part: 'name', cause: 'characters' }), [first, second]);
  expect(text(fault, [second])).toContain('Dòng 1:');
});

test('a refusal that names no row is of the whole list', () => {
  expect(refusedRow(refused({ cause: 'too_many', max: 1000 }), [])).toBeNull();
});
