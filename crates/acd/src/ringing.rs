//! The offers of one call that are live at once.

use crate::id::OfferId;
use crate::offer::Offer;
use serde::{Deserialize, Serialize};
use std::ops::{Deref, DerefMut};

/// One phone rings for nearly every call, and then its offer stands in the call
/// itself: a list would be memory to ask for, and to wait for at each report.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Vec<Offer>", into = "Vec<Offer>")]
pub(crate) enum Ringing {
    One(Offer),
    Several(Vec<Offer>),
}

impl Ringing {
    /// Adds an offer.
    pub(crate) fn push(&mut self, offer: Offer) {
        match self {
            Self::One(first) => *self = Self::Several(vec![*first, offer]),
            Self::Several(offers) => offers.push(offer),
        }
    }

    /// Takes an offer away; none may be left.
    pub(crate) fn take(&mut self, id: OfferId) -> Option<Offer> {
        let at = self.iter().position(|offer| offer.id == id)?;
        match self {
            Self::One(only) => {
                let only = *only;
                *self = Self::Several(Vec::new());
                Some(only)
            }
            Self::Several(offers) => Some(offers.remove(at)),
        }
    }
}

impl From<Vec<Offer>> for Ringing {
    fn from(offers: Vec<Offer>) -> Self {
        match offers.as_slice() {
            [one] => Self::One(*one),
            [] | [_, _, ..] => Self::Several(offers),
        }
    }
}

impl From<Ringing> for Vec<Offer> {
    fn from(ringing: Ringing) -> Self {
        match ringing {
            Ringing::One(offer) => vec![offer],
            Ringing::Several(offers) => offers,
        }
    }
}

impl Deref for Ringing {
    type Target = [Offer];

    fn deref(&self) -> &[Offer] {
        match self {
            Self::One(offer) => std::slice::from_ref(offer),
            Self::Several(offers) => offers,
        }
    }
}

impl DerefMut for Ringing {
    fn deref_mut(&mut self) -> &mut [Offer] {
        match self {
            Self::One(offer) => std::slice::from_mut(offer),
            Self::Several(offers) => offers,
        }
    }
}

/// By the offers: of several one may be left.
impl PartialEq for Ringing {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}
