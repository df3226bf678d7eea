//! A table with two keys: a public id that is never used again, and a small
//! place number for the inner loops.

use std::collections::HashMap;
use std::hash::Hash;

/// Values by id and by place.
#[derive(Debug)]
pub(crate) struct Slots<K, V> {
    values: Vec<Option<V>>,
    free: Vec<usize>,
    places: HashMap<K, usize>,
}

impl<K, V> Default for Slots<K, V> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            free: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<K: Eq + Hash + Copy, V> Slots<K, V> {
    pub(crate) fn insert(&mut self, id: K, value: V) -> usize {
        let place = match self.free.pop() {
            Some(place) => {
                if let Some(slot) = self.values.get_mut(place) {
                    *slot = Some(value);
                }
                place
            }
            None => {
                self.values.push(Some(value));
                self.values.len() - 1
            }
        };
        self.places.insert(id, place);
        place
    }

    pub(crate) fn remove(&mut self, id: K) -> Option<V> {
        let place = self.places.remove(&id)?;
        let value = self.values.get_mut(place)?.take()?;
        self.free.push(place);
        if self.places.is_empty() {
            // A peak gives its memory back once all of it is over.
            *self = Self::default();
        }
        Some(value)
    }

    /// Takes a value out for a moment, so that the rest of the graph can be used
    /// with it. Its place stays its own until [`Slots::put_back`].
    pub(crate) fn take(&mut self, place: usize) -> Option<V> {
        self.values.get_mut(place)?.take()
    }

    /// Puts back what was taken from `place`.
    pub(crate) fn put_back(&mut self, place: usize, value: V) {
        if let Some(slot) = self.values.get_mut(place) {
            *slot = Some(value);
        }
    }

    /// Takes everything out.
    pub(crate) fn drain(&mut self) -> Vec<V> {
        let taken = std::mem::take(self);
        taken.values.into_iter().flatten().collect()
    }

    pub(crate) fn index_of(&self, id: K) -> Option<usize> {
        self.places.get(&id).copied()
    }

    pub(crate) fn get(&self, place: usize) -> Option<&V> {
        self.values.get(place)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, place: usize) -> Option<&mut V> {
        self.values.get_mut(place)?.as_mut()
    }

    pub(crate) fn by_id(&self, id: K) -> Option<&V> {
        self.get(self.index_of(id)?)
    }

    pub(crate) fn by_id_mut(&mut self, id: K) -> Option<&mut V> {
        let place = self.index_of(id)?;
        self.get_mut(place)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Places in use are below this.
    pub(crate) fn capacity(&self) -> usize {
        self.values.len()
    }
}
