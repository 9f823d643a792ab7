//! A fault that is wished for from outside, to see in browsers that it ends one transport and nothing else (S20, F3).
//! Only engines that were built with the feature `fault` have it, and none of them is ever installed.

use super::Router;

/// This datagram is of no protocol that is spoken here.
const WISH: &[u8] = b"@fault";

impl Router {
    pub(super) fn take_wish(&mut self, datagram: &[u8]) {
        self.fault_wished |= datagram == WISH;
    }

    /// Whose packet is the next one gets the fault.
    pub(super) fn fail_if_wished(&mut self) {
        assert!(!std::mem::take(&mut self.fault_wished), "a fault that was wished for");
    }
}
