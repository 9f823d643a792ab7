//! A virtual network and clock.
