//! Values at numbered places, and lists of them that are worked through in turn.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// Where a value of a [`Slab`] lies. Whoever removes the value removes every key of it.
pub struct Key<T>(u32, PhantomData<fn() -> T>);

impl<T> Key<T> {
    /// The place as a number.
    #[must_use]
    pub fn place(self) -> u32 {
        self.0
    }

    /// The key of a place, whether or not something lies there.
    #[must_use]
    pub fn of_place(place: u32) -> Self {
        Self(place, PhantomData)
    }

    fn index(self) -> usize {
        self.0 as usize
    }
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> PartialEq for Key<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Key<T> {}

impl<T> PartialOrd for Key<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Key<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T> Hash for Key<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// See the module.
#[derive(Debug)]
pub struct Slab<T> {
    values: Vec<Option<T>>,
    free: Vec<u32>,
    len: usize,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { values: Vec::new(), free: Vec::new(), len: 0 }
    }
}

impl<T> Slab<T> {
    /// Lays a value, made for its place, at a free place.
    ///
    /// # Panics
    /// Above 2³² values, which the limits of a shard keep away.
    pub fn insert_with(&mut self, make: impl FnOnce(Key<T>) -> T) -> Key<T> {
        self.len += 1;
        if let Some(place) = self.free.pop() {
            let key = Key::of_place(place);
            self.values[key.index()] = Some(make(key));
            return key;
        }
        let key = Key::of_place(u32::try_from(self.values.len()).expect("fewer than the limits of a shard"));
        self.values.push(Some(make(key)));
        key
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: Key<T>) -> Option<T> {
        let value = self.values.get_mut(key.index())?.take()?;
        self.free.push(key.0);
        self.len -= 1;
        Some(value)
    }

    /// Reads a value.
    #[must_use]
    pub fn get(&self, key: Key<T>) -> Option<&T> {
        self.values.get(key.index())?.as_ref()
    }

    /// Changes a value.
    pub fn get_mut(&mut self, key: Key<T>) -> Option<&mut T> {
        self.values.get_mut(key.index())?.as_mut()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// All keys in the order of their places.
    pub fn keys(&self) -> impl Iterator<Item = Key<T>> + '_ {
        (0..).zip(&self.values).filter(|(_, value)| value.is_some()).map(|(place, _)| Key::of_place(place))
    }

    /// All values, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.values.iter_mut().flatten()
    }

    /// All values in the order of their places.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.values.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_used_again() {
        let mut slab = Slab::default();
        let first = slab.insert_with(|_| "a");
        let second = slab.insert_with(|_| "b");
        assert_eq!(slab.remove(first), Some("a"));
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.get(first), None);
        assert_eq!(slab.insert_with(|_| "c"), first);
        assert_eq!(slab.keys().collect::<Vec<_>>(), [first, second]);
        assert_eq!(slab.len(), 2);
    }
}
