//! A table by numbers that the centre deals in a row.
//!
//! Every input finds its call some twenty times, and with a hundred thousand
//! calls each search of a hash table would wait for memory twice. Numbers dealt in
//! a row need no search: they are cut into pages of [`PAGE`], and the pages stand
//! in a row themselves, from the oldest that is used to the newest. Neighbours in
//! time are neighbours in memory. A page is given back when its last value goes,
//! so that one old call among millions of gone ones keeps a page and no more.

use crate::id::{CallId, OfferId};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Index;

/// Values of a page. So few that a page with one value in it costs no more than
/// half a call does.
const PAGE: u64 = 64;

/// Numbers between the oldest and the newest of a kept table, at most: what a
/// centre deals in a year. A file that says more is damaged, and memory for it would
/// be asked in vain.
const SPAN_MAX: u64 = 1 << 31;

/// A number that is dealt in a row.
pub(crate) trait Dealt: Copy {
    /// The number itself.
    fn number(self) -> u64;
    /// The identifier with this number.
    fn of(number: u64) -> Self;
}

impl Dealt for CallId {
    fn number(self) -> u64 {
        self.0
    }

    fn of(number: u64) -> Self {
        Self(number)
    }
}

impl Dealt for OfferId {
    fn number(self) -> u64 {
        self.0
    }

    fn of(number: u64) -> Self {
        Self(number)
    }
}

#[derive(Clone, Debug)]
struct Page<V> {
    values: [Option<V>; PAGE as usize],
    used: u32,
}

/// See the module's text.
#[derive(Clone)]
pub(crate) struct DealtTable<K, V> {
    /// Which page the first one is.
    first: u64,
    /// The newest stays when it is empty, since it is about to be filled.
    pages: VecDeque<Option<Box<Page<V>>>>,
    key: PhantomData<K>,
}

impl<K, V> Default for DealtTable<K, V> {
    fn default() -> Self {
        Self {
            first: 0,
            pages: VecDeque::new(),
            key: PhantomData,
        }
    }
}

/// The place of a number within its page.
fn place_in_page(number: u64) -> usize {
    (number % PAGE) as usize
}

impl<K: Dealt, V> DealtTable<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let number = key.number();
        let page = (number / PAGE).checked_sub(self.first)?;
        let page = self.pages.get(usize::try_from(page).ok()?)?.as_ref()?;
        page.values[place_in_page(number)].as_ref()
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let number = key.number();
        let page = (number / PAGE).checked_sub(self.first)?;
        let page = self.pages.get_mut(usize::try_from(page).ok()?)?.as_mut()?;
        page.values[place_in_page(number)].as_mut()
    }

    /// Puts a value at its number; what was there goes.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        let number = key.number();
        let page = self.page_to_fill(number / PAGE);
        let value = page.values[place_in_page(number)].replace(value);
        page.used += u32::from(value.is_none());
    }

    fn page_to_fill(&mut self, wanted: u64) -> &mut Page<V> {
        if let Some(newest) = self.pages.back_mut()
            && newest.as_ref().is_some_and(|page| page.used == 0)
        {
            *newest = None;
            self.drop_empty_ends();
        }
        if self.pages.is_empty() {
            self.first = wanted;
        }
        while wanted < self.first {
            self.pages.push_front(None);
            self.first -= 1;
        }
        let at = (wanted - self.first) as usize;
        if self.pages.len() <= at {
            self.pages.resize_with(at + 1, || None);
        }
        self.pages[at].get_or_insert_with(|| {
            Box::new(Page {
                values: std::array::from_fn(|_| None),
                used: 0,
            })
        })
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let number = key.number();
        let at = (number / PAGE).checked_sub(self.first)?;
        let page = self.pages.get_mut(usize::try_from(at).ok()?)?.as_mut()?;
        let value = page.values[place_in_page(number)].take()?;
        page.used -= 1;
        if page.used == 0 && at as usize + 1 < self.pages.len() {
            self.pages[at as usize] = None;
            self.drop_empty_ends();
        }
        Some(value)
    }

    fn drop_empty_ends(&mut self) {
        while let Some(None) = self.pages.front() {
            self.pages.pop_front();
            self.first += 1;
        }
        while let Some(None) = self.pages.back() {
            self.pages.pop_back();
        }
    }

    /// All of them, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        let pages = (self.first..).zip(&self.pages);
        pages.flat_map(|(at, page)| {
            let values = page.iter().flat_map(|page| &page.values);
            let numbered = (at * PAGE..).zip(values);
            numbered.filter_map(|(number, value)| Some((K::of(number), value.as_ref()?)))
        })
    }

    /// All values, oldest first.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        let pages = self.pages.iter().flatten();
        pages.flat_map(|page| page.values.iter().flatten())
    }

    /// All values, oldest first.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        let pages = self.pages.iter_mut().flatten();
        pages.flat_map(|page| page.values.iter_mut().flatten())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.values().count()
    }
}

impl<K: Dealt + PartialEq, V: PartialEq> PartialEq for DealtTable<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Dealt, V> Index<&K> for DealtTable<K, V> {
    type Output = V;

    /// # Panics
    ///
    /// Without such a value, like a map.
    #[allow(clippy::expect_used, reason = "as of a map")]
    fn index(&self, key: &K) -> &V {
        self.get(key).expect("a number of this table")
    }
}

impl<K: Dealt + fmt::Debug, V: fmt::Debug> fmt::Debug for DealtTable<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Dealt + Serialize, V: Serialize> Serialize for DealtTable<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, K: Dealt + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for DealtTable<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Kept(PhantomData))
    }
}

/// Reads a table, a map in a kept state.
struct Kept<K, V>(PhantomData<(K, V)>);

impl<'de, K: Dealt + Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Kept<K, V> {
    type Value = DealtTable<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map by numbers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut table = DealtTable::default();
        let (mut oldest, mut newest) = (u64::MAX, 0);
        while let Some((key, value)) = map.next_entry::<K, V>()? {
            (oldest, newest) = (oldest.min(key.number()), newest.max(key.number()));
            if newest - oldest > SPAN_MAX {
                return Err(A::Error::custom("numbers too far apart for one centre"));
            }
            table.insert(key, value);
        }
        Ok(table)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::order::mix;
    use std::collections::BTreeMap;

    type Table = DealtTable<CallId, u64>;

    #[test]
    fn table_agrees_with_a_map_over_random_changes() {
        let mut table = Table::default();
        let mut model = BTreeMap::new();
        for step in 0..20_000_u64 {
            // A window that moves on, and some old ones that stay long.
            let dice = mix(step);
            let id = CallId((step / 10).saturating_sub((dice >> 8) % 300));
            if dice.is_multiple_of(3) {
                assert_eq!(table.remove(&id), model.remove(&id));
            } else {
                table.insert(id, step);
                model.insert(id, step);
            }
            assert_eq!(table.get(&id), model.get(&id));
            if let Some(value) = table.get_mut(&id) {
                *value += 1;
                *model.get_mut(&id).unwrap() += 1;
            }
        }
        assert!(model.len() > 100);
        assert_eq!(table.len(), model.len());
        let all: Vec<_> = table.iter().map(|(id, value)| (id, *value)).collect();
        assert_eq!(all, Vec::from_iter(model.clone()));
        let text = serde_json::to_string(&table).unwrap();
        assert_eq!(text, serde_json::to_string(&model).unwrap());
        assert_eq!(serde_json::from_str::<Table>(&text).unwrap(), table);
    }

    #[test]
    fn numbers_that_were_never_dealt_are_not_there() {
        let mut table = Table::default();
        assert_eq!(table.get(&CallId(0)), None);
        table.insert(CallId(1_000), 7);
        for number in [0, 999, 1_001, 2_000, u64::MAX] {
            assert_eq!(table.get(&CallId(number)), None);
            assert_eq!(table.get_mut(&CallId(number)), None);
            assert_eq!(table.remove(&CallId(number)), None);
        }
        assert_eq!(table[&CallId(1_000)], 7);
    }

    #[test]
    fn gone_calls_keep_no_memory_and_leave_no_trace() {
        let mut table = Table::default();
        for number in 0..100_000 {
            table.insert(CallId(number), number);
            if number != 77_777 {
                table.remove(&CallId(number));
            }
        }
        assert_eq!(table.pages.iter().flatten().count(), 2);
        table.remove(&CallId(77_777));
        assert_eq!((table.pages.len(), &table), (1, &Table::default()));
        table.insert(CallId(1 << 40), 1);
        assert_eq!(table.pages.len(), 1);
    }

    #[test]
    fn a_damaged_file_does_not_ask_for_all_memory() {
        let text = format!("{{\"1\":1,\"{}\":2}}", u64::MAX);
        assert!(serde_json::from_str::<Table>(&text).is_err());
    }
}
