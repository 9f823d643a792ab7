import type { ParticipantId } from '../../src/protocol/messages';
import type { ActRow, Acts } from '../../src/protocol/roles';
import { EIGHT } from './door';

const who = (point: string, name: string) => ({
  id: point as ParticipantId,
  name: { bridge_point: point, name, unit: '' },
});
const MINISTRY = who('Bộ TNMT', 'Trần Văn Chung, Thứ trưởng');
const OFFICE = who('Văn phòng Bộ', 'Phạm Thị Hoa, Chánh Văn phòng');
const LAI_CHAU = who('Sở TNMT Lai Châu', 'Nguyễn Văn An, Phó Giám đốc');

function row(seq: number, act: string, more: Partial<ActRow> = {}): ActRow {
  return {
    seq,
    at: EIGHT + seq * 60_000,
    act,
    actor: MINISTRY,
    targets: [LAI_CHAU],
    concerned: 1,
    reason: '',
    details: {},
    ...more,
  };
}

export const SOME_ACTS: Acts = {
  type: 'acts',
  rows: [
    row(19, 'role_changed', { details: { role: 'co_chair', branch: 'Huyện Tam Đường' } }),
    row(15, 'banned', { targets: [who('UBND xã Bản Bo', 'Lò Văn Páo')], reason: 'Gây ồn nhiều lần.' }),
    row(14, 'muted', { actor: OFFICE, concerned: 56 }),
    row(12, 'name_changed', {
      actor: OFFICE,
      details: { before: 'Lai Chau · An', after: 'Sở TNMT Lai Châu · Nguyễn Văn An, Phó Giám đốc · Sở TNMT' },
    }),
    row(8, 'locked', { targets: [], concerned: 0 }),
    row(5, 'admitted', { targets: [who('Sở TNMT Yên Bái', 'Phó Giám đốc')] }),
    row(2, 'meeting_opened', { targets: [], concerned: 0 }),
  ],
  more: true,
};

export const NAME_FAULTS = [
  { code: 'name.too_short', message: '', field: 'name', details: { min_words: 2 } },
  { code: 'name.impersonates', message: '', field: 'bridge_point', details: {} },
];
