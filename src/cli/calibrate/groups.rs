//! The groups of people whose refusals are compared.

use super::labels::Labels;
use crate::lang::Text;

#[derive(Clone, Copy)]
pub struct Group {
    pub name: Text,
    pub holds: fn(&Labels) -> bool,
}

const fn group(zh: &'static str, en: &'static str, holds: fn(&Labels) -> bool) -> Group {
    Group {
        name: Text::new(zh, en),
        holds,
    }
}

pub const GROUPS: [Group; 11] = [
    group("男", "men", |l| l.is("sex", "m")),
    group("女", "women", |l| l.is("sex", "f")),
    group("浅肤色", "light skin", |l| l.is("skin", "light")),
    group("中等肤色", "medium skin", |l| l.is("skin", "medium")),
    group("深肤色", "dark skin", |l| l.is("skin", "dark")),
    group("东亚", "East Asian", |l| l.is("east_asian", "y")),
    group("胡须", "beard", |l| l.is("beard", "y")),
    group("眼镜", "glasses", |l| {
        l.is("glasses", "clear") || l.is("glasses", "glare")
    }),
    group("青年", "young", |l| l.is("age", "young")),
    group("成年", "adult", |l| l.is("age", "adult")),
    group("儿童或年长", "child or older", |l| {
        l.is("age", "child") || l.is("age", "older")
    }),
];
