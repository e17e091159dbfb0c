//! The groups of people whose errors are compared.

use crate::{Judged, labels::Labels};

/// Name of a group, and who belongs to it.
pub type Group = (&'static str, fn(&Labels) -> bool);

pub const GROUPS: [Group; 11] = [
    ("men", |l| l.is("sex", "m")),
    ("women", |l| l.is("sex", "f")),
    ("light skin", |l| l.is("skin", "light")),
    ("medium skin", |l| l.is("skin", "medium")),
    ("dark skin", |l| l.is("skin", "dark")),
    ("East Asian", |l| l.is("east_asian", "y")),
    ("beard", |l| l.is("beard", "y")),
    ("glasses", |l| {
        l.is("glasses", "clear") || l.is("glasses", "glare")
    }),
    ("young", |l| l.is("age", "young")),
    ("adult", |l| l.is("age", "adult")),
    ("child or older", |l| {
        l.is("age", "child") || l.is("age", "older")
    }),
];

/// The pictures of a group.
pub fn of<'j>(judged: &[&'j Judged], group: Group) -> Vec<&'j Judged> {
    judged
        .iter()
        .copied()
        .filter(|one| group.1(&one.labels))
        .collect()
}
