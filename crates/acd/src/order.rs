//! The line of a queue: an ordered set that also knows the place of each
//! member and who has waited longest, all in logarithmic time.
//!
//! It is a treap: a search tree by key and a heap by a weight that is a hash
//! of the call's number, so its shape depends on its members alone.

use crate::id::{CallId, Millis};
use serde::{Deserialize, Serialize};
use std::cmp::{Ordering, Reverse};

/// The order of service: higher priority, then longer wait (with the credit
/// that priority may be worth), then older id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) priority: Reverse<i32>,
    /// When it came, less its credit: milliseconds since the epoch.
    pub(crate) turn: i64,
    /// When it came.
    pub(crate) since: Millis,
    pub(crate) call: CallId,
}

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Node {
    place: Place,
    left: u32,
    right: u32,
    size: u32,
    weight: u32,
    /// The earliest `since` in this subtree.
    longest_since: Millis,
}

impl Node {
    /// Where what compares so with this node is.
    fn child(&self, order: Ordering) -> u32 {
        match order {
            Ordering::Less => self.left,
            Ordering::Equal | Ordering::Greater => self.right,
        }
    }
}

/// See the module's text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    nodes: Vec<Node>,
    unused: Vec<u32>,
    root: u32,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            unused: Vec::new(),
            root: NONE,
        }
    }
}

/// A well-mixed hash of a number (the finaliser of SplitMix64).
pub(crate) fn mix(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

impl Line {
    /// How many stand in the line.
    pub(crate) fn len(&self) -> usize {
        self.size(self.root) as usize
    }

    /// When the one who waits longest began to.
    pub(crate) fn longest_since(&self) -> Option<Millis> {
        (self.root != NONE).then(|| self.node(self.root).longest_since)
    }

    /// The position of `place`, from 1; `None` if it is not in the line.
    pub(crate) fn position(&self, place: &Place) -> Option<usize> {
        let mut at = self.root;
        let mut before = 0;
        while at != NONE {
            let node = self.node(at);
            match place.cmp(&node.place) {
                Ordering::Less => at = node.left,
                Ordering::Equal => {
                    return Some((before + self.size(node.left)) as usize + 1);
                }
                Ordering::Greater => {
                    before += self.size(node.left) + 1;
                    at = node.right;
                }
            }
        }
        None
    }

    /// How many stand before `place`, whether it is in the line or not.
    pub(crate) fn before(&self, place: &Place) -> usize {
        let mut at = self.root;
        let mut before = 0;
        while at != NONE {
            let node = self.node(at);
            if node.place < *place {
                before += self.size(node.left) + 1;
                at = node.right;
            } else {
                at = node.left;
            }
        }
        before as usize
    }

    /// Adds `place`; says whether it was new.
    pub(crate) fn insert(&mut self, place: Place) -> bool {
        let weight = (mix(place.call.0) >> 32) as u32;
        // Down to the first node that weighs less, counting the new one on the way.
        let mut parent = None;
        let mut at = self.root;
        while at != NONE && self.node(at).weight >= weight {
            let node = &mut self.nodes[at as usize];
            let order = place.cmp(&node.place);
            if order.is_eq() {
                self.count_less_above(&place);
                return false;
            }
            node.size += 1;
            node.longest_since = node.longest_since.min(place.since);
            parent = Some((at, order));
            at = node.child(order);
        }
        let (left, right) = self.split(at, &place);
        let new = self.take_slot(Node {
            place,
            left,
            right,
            size: 1,
            weight,
            longest_since: place.since,
        });
        self.sum_up(new);
        match parent {
            None => self.root = new,
            Some((parent, Ordering::Less)) => self.nodes[parent as usize].left = new,
            Some((parent, Ordering::Equal | Ordering::Greater)) => {
                self.nodes[parent as usize].right = new;
            }
        }
        true
    }

    /// Takes back what [`Line::insert`] counted on its way to a place that is in
    /// the line already.
    fn count_less_above(&mut self, place: &Place) {
        let mut at = self.root;
        while self.node(at).place != *place {
            let node = &mut self.nodes[at as usize];
            node.size -= 1;
            at = node.child(place.cmp(&node.place));
        }
    }

    fn take_slot(&mut self, node: Node) -> u32 {
        match self.unused.pop() {
            Some(slot) => {
                self.nodes[slot as usize] = node;
                slot
            }
            None => {
                self.nodes.push(node);
                (self.nodes.len() - 1) as u32
            }
        }
    }

    /// Takes `place` out; says whether it was there.
    pub(crate) fn remove(&mut self, place: &Place) -> bool {
        let (root, taken) = self.remove_under(self.root, place);
        self.root = root;
        if taken != NONE {
            self.unused.push(taken);
        }
        if self.root == NONE {
            // A peak of callers does not keep its memory.
            self.nodes = Vec::new();
            self.unused = Vec::new();
        }
        taken != NONE
    }

    fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    fn size(&self, at: u32) -> u32 {
        if at == NONE { 0 } else { self.node(at).size }
    }

    /// Recomputes what a node knows of its subtree.
    fn sum_up(&mut self, at: u32) {
        let Node {
            left, right, place, ..
        } = *self.node(at);
        let size = 1 + self.size(left) + self.size(right);
        let mut longest_since = place.since;
        for child in [left, right] {
            if child != NONE {
                longest_since = longest_since.min(self.node(child).longest_since);
            }
        }
        let node = &mut self.nodes[at as usize];
        node.size = size;
        node.longest_since = longest_since;
    }

    /// Parts a subtree into what is before `place` and what is not.
    fn split(&mut self, at: u32, place: &Place) -> (u32, u32) {
        if at == NONE {
            return (NONE, NONE);
        }
        if self.node(at).place < *place {
            let (left, right) = self.split(self.node(at).right, place);
            self.nodes[at as usize].right = left;
            self.sum_up(at);
            (at, right)
        } else {
            let (left, right) = self.split(self.node(at).left, place);
            self.nodes[at as usize].left = right;
            self.sum_up(at);
            (left, at)
        }
    }

    fn remove_under(&mut self, at: u32, place: &Place) -> (u32, u32) {
        if at == NONE {
            return (NONE, NONE);
        }
        let Node {
            place: here,
            left,
            right,
            ..
        } = *self.node(at);
        let taken = match place.cmp(&here) {
            Ordering::Equal => return (self.join(left, right), at),
            Ordering::Less => {
                let (left, taken) = self.remove_under(left, place);
                self.nodes[at as usize].left = left;
                taken
            }
            Ordering::Greater => {
                let (right, taken) = self.remove_under(right, place);
                self.nodes[at as usize].right = right;
                taken
            }
        };
        if taken != NONE {
            let node = &mut self.nodes[at as usize];
            if node.longest_since == place.since {
                self.sum_up(at);
            } else {
                node.size -= 1;
            }
        }
        (at, taken)
    }

    /// Joins two subtrees, all of `left` being before all of `right`.
    fn join(&mut self, left: u32, right: u32) -> u32 {
        if left == NONE {
            return right;
        }
        if right == NONE {
            return left;
        }
        if self.node(left).weight > self.node(right).weight {
            let joined = self.join(self.node(left).right, right);
            self.nodes[left as usize].right = joined;
            self.sum_up(left);
            left
        } else {
            let joined = self.join(left, self.node(right).left);
            self.nodes[right as usize].left = joined;
            self.sum_up(right);
            right
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn place(priority: i32, since: Millis, call: u64) -> Place {
        Place {
            priority: Reverse(priority),
            turn: since as i64,
            since,
            call: CallId(call),
        }
    }

    #[test]
    fn higher_priority_then_longer_wait_then_older_id_comes_first() {
        let mut line = Line::default();
        let places = [
            place(5, 30, 9),
            place(5, 40, 2),
            place(0, 10, 1),
            place(0, 10, 3),
            place(-1, 0, 4),
        ];
        for p in places.iter().rev() {
            assert!(line.insert(*p));
        }
        for (i, p) in places.iter().enumerate() {
            assert_eq!(line.position(p), Some(i + 1));
        }
        assert_eq!(line.longest_since(), Some(0));
    }

    #[test]
    fn line_agrees_with_a_sorted_set_over_random_changes() {
        let mut line = Line::default();
        let mut model = BTreeSet::new();
        for step in 0..20_000_u64 {
            let dice = mix(step);
            let p = place((dice % 3) as i32, (dice >> 8) % 50, (dice >> 16) % 300);
            if dice >> 63 == 0 {
                assert_eq!(line.insert(p), model.insert(p));
            } else {
                assert_eq!(line.remove(&p), model.remove(&p));
            }
            assert_eq!(line.len(), model.len());
            assert_eq!(line.longest_since(), model.iter().map(|p| p.since).min());
            if let Some(some) = model.iter().nth((dice % 7) as usize) {
                assert_eq!(line.position(some), Some((dice % 7) as usize + 1));
            }
            assert_eq!(line.before(&p), model.range(..p).count());
        }
    }
}
