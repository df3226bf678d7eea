//! A line in a kept state, in which each node knows its own subtree.

use super::{Branch, Line, NONE, Node};
use crate::id::Millis;
use crate::order::Place;
use serde::{Deserialize, Serialize};

/// See the module's text.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    nodes: Vec<KeptNode>,
    unused: Vec<u32>,
    root: u32,
}

#[derive(Serialize, Deserialize)]
struct KeptNode {
    place: Place,
    left: u32,
    right: u32,
    size: u32,
    weight: u32,
    longest_since: Millis,
}

impl From<Line> for Kept {
    fn from(line: Line) -> Self {
        let kept = |node: &Node| {
            let whole = node.whole(NONE);
            KeptNode {
                place: node.place,
                left: node.left.root,
                right: node.right.root,
                size: whole.size,
                weight: node.weight(),
                longest_since: whole.longest_since,
            }
        };
        Self {
            nodes: line.nodes.iter().map(kept).collect(),
            unused: line.unused,
            root: line.root.root,
        }
    }
}

impl From<Kept> for Line {
    fn from(kept: Kept) -> Self {
        let branch = |root: u32| {
            let node = kept.nodes.get(root as usize);
            node.map_or(Branch::EMPTY, |node| Branch {
                root,
                size: node.size,
                longest_since: node.longest_since,
            })
        };
        let node = |node: &KeptNode| Node {
            place: node.place,
            left: branch(node.left),
            right: branch(node.right),
        };
        Self {
            nodes: kept.nodes.iter().map(node).collect(),
            root: branch(kept.root),
            unused: kept.unused,
        }
    }
}
