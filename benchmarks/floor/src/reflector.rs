//! The shortest way there is: a datagram goes to a reflector, which sends it back as it came. What a server adds to the
//! latency of a packet is what its packets take longer than these.

use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hoptt_load::histogram::{Histogram, Percentiles};

use crate::args::{Sink, Throw};

/// Longer than any datagram on a line of 1,500 bytes.
const LONGEST: usize = 2_048;
/// Whatever is not back by then is lost.
const PATIENCE: Duration = Duration::from_millis(500);
const STAMP: usize = 8;

/// Sends back whatever comes, until `over`.
///
/// # Errors
/// When the address cannot be bound.
pub fn reflect(at: &Sink, over: &AtomicBool) -> std::io::Result<()> {
    let socket = UdpSocket::bind((at.address, at.port))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut buffer = [0; LONGEST];
    while !over.load(Ordering::Relaxed) {
        let Ok((len, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        // What the system does not take is lost, as on any line; the other end counts it.
        let _ = socket.send_to(&buffer[..len], from);
    }
    Ok(())
}

/// Throws datagrams at a reflector at a rate and measures from the system call that sends one until it was read; it does not sleep, as
/// the load generator does not. Gives how many were thrown, and the times of those that came back.
///
/// # Errors
/// When there is no socket or no way to the reflector.
pub fn throw(throw: &Throw) -> std::io::Result<(u64, Percentiles)> {
    let socket = UdpSocket::bind(if throw.to.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    })?;
    socket.connect((throw.to, throw.port))?;
    socket.set_nonblocking(true)?;
    let began = Instant::now();
    let every = Duration::from_secs_f64(1.0 / throw.rate);
    let mut packet = vec![0; throw.size.max(STAMP)];
    let mut times = Histogram::default();
    let (mut due, mut thrown) = (Duration::ZERO, 0);
    while due < throw.time || times.count() < thrown && began.elapsed() < due + PATIENCE {
        let now = began.elapsed();
        if due < throw.time && due <= now {
            packet[..STAMP].copy_from_slice(&ns(now).to_be_bytes());
            thrown += u64::from(socket.send(&packet).is_ok());
            due += every;
        }
        catch(&socket, began, &mut times);
    }
    Ok((thrown, times.percentiles()))
}

/// Reads what has come back.
fn catch(socket: &UdpSocket, began: Instant, times: &mut Histogram) {
    let mut buffer = [0; LONGEST];
    while let Ok(len) = socket.recv(&mut buffer) {
        let now = ns(began.elapsed());
        if let Some(stamp) = buffer[..len].first_chunk() {
            times.add(now.saturating_sub(u64::from_be_bytes(*stamp)));
        }
    }
}

fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn what_is_thrown_comes_back_and_its_time_is_told() {
        let free = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let address = [127, 0, 0, 1].into();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| reflect(&Sink { address, port }, &over).unwrap());
            thread::sleep(Duration::from_millis(50));
            let asked = Throw {
                to: address,
                port,
                size: 100,
                rate: 200.0,
                time: Duration::from_millis(200),
            };
            let (thrown, times) = throw(&asked).unwrap();
            over.store(true, Ordering::Relaxed);
            assert_eq!((thrown, times.count), (40, 40));
            assert!(
                times.p50_ms > 0.0 && times.p50_ms <= times.max_ms,
                "{times:?}"
            );
        });
    }

    #[test]
    fn a_reflector_that_is_not_there_gives_nothing_back() {
        let free = UdpSocket::bind("127.0.0.1:0").unwrap();
        let asked = Throw {
            to: [127, 0, 0, 1].into(),
            port: free.local_addr().unwrap().port(),
            size: 100,
            rate: 100.0,
            time: Duration::from_millis(50),
        };
        let (thrown, times) = throw(&asked).unwrap();
        assert_eq!((thrown, times.count), (5, 0));
    }
}
