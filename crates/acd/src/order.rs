//! The line of a queue: an ordered set that also knows the place of each
//! member and who has waited longest, all in logarithmic time.
//!
//! It is a treap: a search tree by key and a heap by a weight that is a hash
//! of the call's number, so its shape depends on its members alone.

mod kept;

use crate::id::{CallId, Millis};
use kept::Kept;
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

/// A subtree, and what is known of all who stand in it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Branch {
    root: u32,
    size: u32,
    /// The earliest `since` in it; the end of time where nobody stands.
    longest_since: Millis,
}

impl Branch {
    const EMPTY: Self = Self {
        root: NONE,
        size: 0,
        longest_since: Millis::MAX,
    };
}

/// One who stands in the line. What is known of the subtrees below stands here, one
/// line of the cache in all, so that a way through the tree waits for memory once a
/// step: neighbours of the way are never looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
struct Node {
    place: Place,
    left: Branch,
    right: Branch,
}

const _: () = assert!(size_of::<Node>() == 64);

impl Node {
    fn new(place: Place) -> Self {
        Self {
            place,
            left: Branch::EMPTY,
            right: Branch::EMPTY,
        }
    }

    /// Where what compares so with this node is.
    fn child(&mut self, order: Ordering) -> &mut Branch {
        match order {
            Ordering::Less => &mut self.left,
            Ordering::Equal | Ordering::Greater => &mut self.right,
        }
    }

    fn weight(&self) -> u32 {
        weight(self.place.call)
    }

    /// The subtree of this node, which stands at `at`.
    fn whole(&self, at: u32) -> Branch {
        let (left, right) = (self.left, self.right);
        let below = left.longest_since.min(right.longest_since);
        Branch {
            root: at,
            size: 1 + left.size + right.size,
            longest_since: self.place.since.min(below),
        }
    }
}

/// The weight of a call in the heap.
fn weight(call: CallId) -> u32 {
    (mix(call.0) >> 32) as u32
}

/// See the module's text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub(crate) struct Line {
    nodes: Vec<Node>,
    unused: Vec<u32>,
    root: Branch,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            unused: Vec::new(),
            root: Branch::EMPTY,
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
        self.root.size as usize
    }

    /// When the one who waits longest began to.
    pub(crate) fn longest_since(&self) -> Option<Millis> {
        (self.root.size > 0).then_some(self.root.longest_since)
    }

    /// The position of `place`, from 1; `None` if it is not in the line.
    pub(crate) fn position(&self, place: &Place) -> Option<usize> {
        let mut at = self.root.root;
        let mut before = 0;
        while at != NONE {
            let node = self.node(at);
            match place.cmp(&node.place) {
                Ordering::Less => at = node.left.root,
                Ordering::Equal => return Some((before + node.left.size) as usize + 1),
                Ordering::Greater => {
                    before += node.left.size + 1;
                    at = node.right.root;
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
        let weight = weight(place.call);
        // Down to the first node that weighs less, counting the new one on the way.
        let mut parent = None;
        let mut branch = self.root;
        while branch.root != NONE && self.node(branch.root).weight() >= weight {
            let order = place.cmp(&self.node(branch.root).place);
            if order.is_eq() {
                self.count_less_above(&place);
                return false;
            }
            let counted = self.branch(parent);
            counted.size += 1;
            counted.longest_since = counted.longest_since.min(place.since);
            parent = Some((branch.root, order));
            branch = *self.branch(parent);
        }
        let (left, right) = self.split(branch, &place);
        let node = Node { place, left, right };
        let slot = self.take_slot(node);
        *self.branch(parent) = node.whole(slot);
        true
    }

    /// The subtree on one side of a node; without a node the whole tree.
    fn branch(&mut self, parent: Option<(u32, Ordering)>) -> &mut Branch {
        match parent {
            None => &mut self.root,
            Some((at, order)) => self.nodes[at as usize].child(order),
        }
    }

    /// Takes back what [`Line::insert`] counted on its way to a place that is in
    /// the line already.
    fn count_less_above(&mut self, place: &Place) {
        let mut parent = None;
        loop {
            let at = self.branch(parent).root;
            let order = place.cmp(&self.node(at).place);
            if order.is_eq() {
                return;
            }
            self.branch(parent).size -= 1;
            parent = Some((at, order));
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
        let Some((root, taken)) = self.remove_under(self.root, place) else {
            return false;
        };
        self.root = root;
        self.nodes[taken as usize] = Node::new(*place);
        self.unused.push(taken);
        if self.root == Branch::EMPTY {
            // A peak of callers does not keep its memory.
            self.nodes = Vec::new();
            self.unused = Vec::new();
        }
        true
    }

    fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    /// The subtree of a node.
    fn whole(&self, at: u32) -> Branch {
        self.node(at).whole(at)
    }

    /// Parts a subtree into what is before `place` and what is not.
    fn split(&mut self, branch: Branch, place: &Place) -> (Branch, Branch) {
        let at = branch.root;
        if at == NONE {
            return (Branch::EMPTY, Branch::EMPTY);
        }
        let node = *self.node(at);
        if node.place < *place {
            let (left, right) = self.split(node.right, place);
            self.nodes[at as usize].right = left;
            (self.whole(at), right)
        } else {
            let (left, right) = self.split(node.left, place);
            self.nodes[at as usize].left = right;
            (left, self.whole(at))
        }
    }

    /// What is left of a subtree without `place`, and where that stood; `None` if it
    /// is not there.
    fn remove_under(&mut self, branch: Branch, place: &Place) -> Option<(Branch, u32)> {
        let at = branch.root;
        if at == NONE {
            return None;
        }
        let (order, left, right) = {
            let node = self.node(at);
            (place.cmp(&node.place), node.left, node.right)
        };
        let below = match order {
            Ordering::Equal => return Some((self.join(left, right), at)),
            Ordering::Less => left,
            Ordering::Greater => right,
        };
        let (rest, taken) = self.remove_under(below, place)?;
        *self.nodes[at as usize].child(order) = rest;
        Some((self.whole(at), taken))
    }

    /// Joins two subtrees, all of `left` being before all of `right`.
    fn join(&mut self, left: Branch, right: Branch) -> Branch {
        if left.root == NONE {
            return right;
        }
        if right.root == NONE {
            return left;
        }
        let (first, second) = (*self.node(left.root), *self.node(right.root));
        if first.weight() > second.weight() {
            let joined = self.join(first.right, right);
            self.nodes[left.root as usize].right = joined;
            self.whole(left.root)
        } else {
            let joined = self.join(left, second.left);
            self.nodes[right.root as usize].left = joined;
            self.whole(right.root)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
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
        let text = serde_json::to_string(&line).unwrap();
        assert_eq!(serde_json::from_str::<Line>(&text).unwrap(), line);
    }
}
