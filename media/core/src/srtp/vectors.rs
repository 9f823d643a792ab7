//! Published test vectors, and every short length with every profile (S14, S15, S16).

use super::cipher::Cipher;
use super::*;

/// RFC 3711 appendix B.3.
const MASTER_KEY: &str = "e1f97a0d3e018be0d64fa32c06de4139";
const MASTER_SALT: &str = "0ec675ad498afeebb6960b3aabe6";
/// RFC 7714 §16.
const GCM_SALT: &str = "517569642070726f2071756f";
const GCM_RTP_CLEAR: &str = "8040f17b8041f8d35501a0b2";
const GCM_RTP_PAYLOAD: &str = "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
/// RFC 7714 §17.
const GCM_RTCP: &str = "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61\
                        deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn secrets(profile: SrtpProfile) -> SrtpSecrets {
    let key: Vec<u8> = (0..profile.key_len()).map(|n| u8::try_from(n).unwrap()).collect();
    let salt: Vec<u8> = (0..profile.salt_len()).map(|n| 0xa0 + u8::try_from(n).unwrap()).collect();
    SrtpSecrets::new(profile, &key, &salt).unwrap()
}

fn pair(profile: SrtpProfile) -> (SrtpOutbound, SrtpInbound) {
    (SrtpOutbound::new(&secrets(profile)), SrtpInbound::new(&secrets(profile)))
}

fn rtp(ssrc: u32, seq: u16, payload: usize) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend_from_slice(&seq.to_be_bytes());
    packet.extend_from_slice(&[0, 0, 1, 0]);
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend((0..payload).map(|n| u8::try_from(n & 0xff).unwrap()));
    packet
}

fn rtcp(ssrc: u32, payload: usize) -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 1];
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend((0..payload).map(|n| u8::try_from(n & 0xff).unwrap()));
    packet
}

fn sealed_rtp(out: &mut SrtpOutbound, plain: &[u8]) -> Vec<u8> {
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + MAX_OVERHEAD, 0);
    let len = out.seal_rtp(&mut buffer, plain.len()).unwrap();
    buffer.truncate(len);
    buffer
}

fn sealed_rtcp(out: &mut SrtpOutbound, plain: &[u8]) -> Vec<u8> {
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + MAX_OVERHEAD, 0);
    let len = out.seal_rtcp(&mut buffer, plain.len()).unwrap();
    buffer.truncate(len);
    buffer
}

#[test]
fn session_keys_are_those_of_rfc_3711_b_3() {
    let secrets = SrtpSecrets::new(SrtpProfile::AesCm128HmacSha1_80, &hex(MASTER_KEY), &hex(MASTER_SALT)).unwrap();
    for (label, expected) in [
        (0, "c61e7a93744f39ee10734afe3ff7a087"),
        (2, "30cbbc08863d8c85d49db34a9ae1"),
        (1, "cebe321f6ff7716b6fd4ab49af256a156d38baa4"),
    ] {
        let mut key = vec![0xff; expected.len() / 2];
        secrets.derive(label, &mut key);
        assert_eq!(key, hex(expected), "label {label}");
    }
}

#[test]
fn rtp_is_sealed_as_rfc_7714_16_has_it() {
    for (profile, sealed) in [
        (
            SrtpProfile::AeadAes128Gcm,
            "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
        ),
        (
            SrtpProfile::AeadAes256Gcm,
            "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
        ),
    ] {
        let key: Vec<u8> = (0..profile.key_len()).map(|n| u8::try_from(n).unwrap()).collect();
        let mut salt = [0; 14];
        salt[..12].copy_from_slice(&hex(GCM_SALT));
        let cipher = Cipher::new(profile, &key, &[0; 20], &salt);
        let mut packet = hex(GCM_RTP_CLEAR);
        packet.extend(hex(GCM_RTP_PAYLOAD));
        let len = packet.len();
        packet.resize(len + 16, 0);
        assert_eq!(cipher.seal_rtp(&mut packet, 12, len, 0xf17b), Ok(len + 16));
        assert_eq!(packet[12..], hex(sealed), "{profile:?}");
        assert_eq!(cipher.open_rtp(&mut packet, 12, 0xf17b), Ok(len));
        assert_eq!(packet[12..len], hex(GCM_RTP_PAYLOAD));
    }
}

#[test]
fn rtcp_is_sealed_as_rfc_7714_17_has_it() {
    let key: Vec<u8> = (0..16).collect();
    let mut salt = [0; 14];
    salt[..12].copy_from_slice(&hex(GCM_SALT));
    let cipher = Cipher::new(SrtpProfile::AeadAes128Gcm, &key, &[0; 20], &salt);
    let mut packet = hex(GCM_RTCP);
    let len = packet.len();
    packet.resize(len + 20, 0);
    assert_eq!(cipher.seal_rtcp(&mut packet, len, 0x5d4), Ok(len + 20));
    assert_eq!(
        packet,
        hex("81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded\
             0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4")
    );
    assert_eq!(cipher.open_rtcp(&mut packet), Ok(len));
    assert_eq!(packet[..len], hex(GCM_RTCP));
}

/// The vectors of libsrtp's driver, which all implementations are checked with.
#[test]
fn whole_packets_are_those_that_libsrtp_makes() {
    let cm = SrtpSecrets::new(SrtpProfile::AesCm128HmacSha1_80, &hex(MASTER_KEY), &hex(MASTER_SALT)).unwrap();
    for (secrets, rtp, rtcp) in [
        (
            cm,
            "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
            "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798",
        ),
        (
            secrets(SrtpProfile::AeadAes128Gcm),
            "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
            "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001",
        ),
    ] {
        let mut out = SrtpOutbound::new(&secrets);
        let mut plain = hex("800f1234decafbadcafebabe");
        plain.extend([0xab; 16]);
        assert_eq!(sealed_rtp(&mut out, &plain), hex(rtp), "{secrets:?}");
        let mut plain = hex("81c8000bcafebabe");
        plain.extend([0xab; 16]);
        assert_eq!(sealed_rtcp(&mut out, &plain), hex(rtcp), "{secrets:?}");
    }
}

#[test]
fn s14_a_captured_packet_is_taken_once_in_every_profile() {
    for profile in SrtpProfile::ALL {
        let (mut out, mut inbound) = pair(profile);
        // Across the turns of 16 and of 17 bits; in steps that the estimate can follow.
        for index in (0..=0x2_0100u32).step_by(0x1f).chain([0x2_0100]) {
            let seq = u16::try_from(index & 0xffff).unwrap();
            let packet = sealed_rtp(&mut out, &rtp(9, seq, 20));
            assert_eq!(inbound.open_rtp(&mut packet.clone()), Ok(32), "{profile:?} {index:x}");
            for _ in 0..10 {
                assert_eq!(inbound.open_rtp(&mut packet.clone()), Err(SrtpError::Replayed));
            }
        }
        let first = sealed_rtcp(&mut out, &rtcp(9, 4));
        for _ in 0..1100 {
            let packet = sealed_rtcp(&mut out, &rtcp(9, 4));
            assert_eq!(inbound.open_rtcp(&mut packet.clone()), Ok(12));
            assert_eq!(inbound.open_rtcp(&mut packet.clone()), Err(SrtpError::Replayed));
        }
        assert_eq!(inbound.open_rtcp(&mut first.clone()), Err(SrtpError::Replayed), "older than the window");
    }
}

#[test]
fn s1_a_forged_packet_moves_nothing() {
    for profile in SrtpProfile::ALL {
        let (mut out, mut inbound) = pair(profile);
        inbound.open_rtp(&mut sealed_rtp(&mut out, &rtp(9, 100, 20))).unwrap();
        inbound.open_rtcp(&mut sealed_rtcp(&mut out, &rtcp(9, 8))).unwrap();
        let before = format!("{inbound:?}");
        let mut other = SrtpOutbound::new(
            &SrtpSecrets::new(profile, &vec![0x55; profile.key_len()], &vec![0x55; profile.salt_len()]).unwrap(),
        );
        for seq in 0..3000u16 {
            let known = inbound.open_rtp(&mut sealed_rtp(&mut other, &rtp(9, 101 + seq, 20)));
            assert_eq!(known, Err(SrtpError::Unauthentic));
            let random = inbound.open_rtp(&mut sealed_rtp(&mut other, &rtp(0x1000 + u32::from(seq % 200), seq, 20)));
            assert_eq!(random, Err(SrtpError::Unauthentic));
            let control = inbound.open_rtcp(&mut sealed_rtcp(&mut other, &rtcp(u32::from(seq) * 7, 8)));
            assert!(matches!(control, Err(SrtpError::Unauthentic | SrtpError::Replayed)));
        }
        assert_eq!(format!("{inbound:?}"), before, "{profile:?}");
        assert_eq!(inbound.open_rtp(&mut sealed_rtp(&mut out, &rtp(9, 101, 20))), Ok(32));
    }
}

#[test]
fn s15_no_index_is_sealed_twice_in_a_million_packets() {
    let (mut out, _) = pair(SrtpProfile::AeadAes128Gcm);
    let mut sealed = std::collections::HashSet::new();
    let mut refused = 0;
    let mut state = 1u64;
    let mut next = 0u64;
    let mut buffer = vec![0; 64];
    for _ in 0..1u32 << 20 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Mostly in order; sometimes again, sometimes late: what RTX, padding and restarts could do wrong.
        let index = if state >> 60 == 0 { next.saturating_sub(state >> 40 & 0xff) } else { next };
        next = next.max(index + 1);
        let plain = rtp(9, u16::try_from(index & 0xffff).unwrap(), 4);
        buffer[..plain.len()].copy_from_slice(&plain);
        match out.seal_rtp(&mut buffer, plain.len()) {
            Ok(_) => assert!(sealed.insert(index), "index {index} was sealed twice"),
            Err(SrtpError::Repeated) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(refused > 1000, "the test must try repeats, tried {refused}");
}

#[test]
fn s16_every_short_length_is_refused_or_opened_without_a_panic() {
    for profile in SrtpProfile::ALL {
        for len in 0..=64usize {
            for first in [0x00, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xb0, 0xbf, 0xff] {
                let (mut out, mut inbound) = pair(profile);
                let mut packet = vec![0xff; len];
                if let Some(byte) = packet.first_mut() {
                    *byte = first;
                }
                assert!(inbound.open_rtp(&mut packet.clone()).is_err());
                assert!(inbound.open_rtcp(&mut packet.clone()).is_err());
                let mut buffer = packet.clone();
                buffer.resize(len + MAX_OVERHEAD, 0);
                let _ = out.seal_rtp(&mut buffer.clone(), len);
                let _ = out.seal_rtcp(&mut buffer, len);
                assert_eq!(out.seal_rtp(&mut packet.clone(), len + 1), Err(SrtpError::NoRoom));
            }
        }
    }
}

#[test]
fn s16_every_short_payload_comes_back_as_it_was() {
    for profile in SrtpProfile::ALL {
        let (mut out, mut inbound) = pair(profile);
        for payload in 0..=64u16 {
            let plain = rtp(9, payload, usize::from(payload));
            let mut sealed = sealed_rtp(&mut out, &plain);
            assert_eq!(sealed.len(), plain.len() + profile.tag_len());
            assert_eq!(inbound.open_rtp(&mut sealed), Ok(plain.len()));
            assert_eq!(sealed[..plain.len()], plain);
            let plain = rtcp(9, usize::from(payload));
            let mut sealed = sealed_rtcp(&mut out, &plain);
            for cut in 0..sealed.len() {
                assert!(inbound.open_rtcp(&mut sealed[..cut].to_vec()).is_err());
            }
            assert_eq!(inbound.open_rtcp(&mut sealed), Ok(plain.len()), "{profile:?} {payload}");
            assert_eq!(sealed[..plain.len()], plain);
        }
    }
}

#[test]
fn s8_a_peer_cannot_make_us_keep_more_streams_than_the_limit() {
    let (mut out, mut inbound) = pair(SrtpProfile::AeadAes256Gcm);
    let mut second = SrtpOutbound::new(&secrets(SrtpProfile::AeadAes256Gcm));
    for ssrc in 0..u32::try_from(MAX_STREAMS).unwrap() {
        inbound.open_rtp(&mut sealed_rtp(&mut out, &rtp(ssrc, 1, 1))).unwrap();
    }
    let more = sealed_rtp(&mut second, &rtp(5000, 1, 1));
    assert_eq!(inbound.open_rtp(&mut more.clone()), Err(SrtpError::TooManyStreams));
    let mut buffer = rtp(5001, 1, 1);
    buffer.resize(64, 0);
    assert_eq!(out.seal_rtp(&mut buffer, 13), Err(SrtpError::TooManyStreams));
}
