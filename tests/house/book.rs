//! The book of `docs`: every page has its place, every link leads somewhere, and pages that are
//! read in Chinese and in English say the same in both.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The parts of the book whose pages are bilingual, as SUMMARY.md heads them.
const BILINGUAL: [&str; 4] = [
    "工作人员 / Staff",
    "IT",
    "平台运营 / Platform operator",
    "批次负责人 / Batch organiser",
];
/// The heads of a bilingual page's halves, in this order.
const HALVES: [&str; 2] = ["\n## 中文\n", "\n## English\n"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A Markdown file and its text without fenced code.
struct Page {
    /// From the repository's root.
    path: PathBuf,
    text: String,
}

impl Page {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(root().join(path))
            .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let outside = text.split("```").step_by(2);
        Self {
            path: path.to_owned(),
            text: outside.collect(),
        }
    }

    /// Returns the targets of links and pictures that lead to no other site.
    fn targets(&self) -> impl Iterator<Item = &str> {
        let targets = self.text.split("](").skip(1);
        targets
            .filter_map(|rest| rest.split(')').next())
            .filter(|target| !target.contains("://"))
    }

    /// Returns the file that a target names, from the repository's root, and the place in it.
    fn resolve<'a>(&self, target: &'a str) -> (PathBuf, Option<&'a str>) {
        let (file, place) = match target.split_once('#') {
            Some((file, place)) => (file, Some(place)),
            None => (target, None),
        };
        if file.is_empty() {
            return (self.path.clone(), place);
        }
        let mut path = self.path.parent().unwrap().to_owned();
        for part in file.split('/') {
            if part == ".." {
                assert!(path.pop(), "{target} leaves the repository");
            } else {
                path.push(part);
            }
        }
        (path, place)
    }

    /// Returns the names by which links reach the page's headings.
    fn places(&self) -> BTreeSet<String> {
        let headings = self.text.lines().filter(|line| line.starts_with('#'));
        headings
            .map(|line| {
                let title = line.trim_start_matches('#').trim().to_lowercase();
                let kept = title.chars().map(|c| if c == ' ' { '-' } else { c });
                kept.filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
                    .collect()
            })
            .collect()
    }
}

fn pages() -> Vec<Page> {
    let mut files = Vec::new();
    super::collect(&root().join("docs"), "md", &mut files);
    files.sort();
    files
        .iter()
        .map(|file| Page::read(file.strip_prefix(root()).unwrap()))
        .filter(|page| !page.path.ends_with("SUMMARY.md"))
        .collect()
}

/// Returns the pages in the book's order, by part; the first page has no part.
fn summary() -> Vec<(String, Vec<PathBuf>)> {
    let summary = Page::read(Path::new("docs/SUMMARY.md"));
    let parts = summary.text.split("\n# ").map(|part| {
        let (title, _) = part.split_once('\n').unwrap();
        let page = Page {
            path: summary.path.clone(),
            text: part.to_owned(),
        };
        let named = page.targets().map(|target| page.resolve(target).0);
        (title.to_owned(), named.collect())
    });
    parts.collect()
}

#[test]
fn every_page_stands_in_the_book_once() {
    let named: Vec<PathBuf> = summary().into_iter().flat_map(|(_, named)| named).collect();
    let there: BTreeSet<PathBuf> = pages().into_iter().map(|page| page.path).collect();
    let once: BTreeSet<PathBuf> = named.iter().cloned().collect();
    let wrong: Vec<_> = once.symmetric_difference(&there).collect();
    assert!(
        wrong.is_empty(),
        "in SUMMARY.md or in docs only: {wrong:#?}"
    );
    assert_eq!(named.len(), once.len(), "SUMMARY.md names a page twice");
}

#[test]
fn every_link_and_picture_of_the_documents_leads_somewhere() {
    let beside = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"];
    let beside = beside.map(|name| Page::read(Path::new(name)));
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for page in pages().iter().chain(&beside) {
        for target in page.targets() {
            seen += 1;
            let (file, place) = page.resolve(target);
            // The book holds nothing that is not below docs.
            let is_outside = page.path.starts_with("docs") && !file.starts_with("docs");
            let is_missing = !root().join(&file).exists();
            let leads_nowhere = |place| !Page::read(&file).places().contains(place);
            if is_outside || is_missing || place.is_some_and(leads_nowhere) {
                wrong.push(format!("{}: {target}", page.path.display()));
            }
        }
    }
    assert!(seen > 100, "{seen} links were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_read_at_the_booth_stands_in_both_languages() {
    let parts = summary();
    for part in BILINGUAL {
        let found = parts.iter().find(|(title, _)| title == part);
        let (_, pages) = found.unwrap_or_else(|| panic!("the book has no part {part}"));
        for path in pages {
            let page = Page::read(path);
            let [zh, en] = HALVES.map(|head| page.text.find(head));
            let halves = zh.zip(en).filter(|(zh, en)| zh < en);
            let (zh, en) = halves.unwrap_or_else(|| {
                panic!("{} lacks a half: first 中文, then English", path.display())
            });
            let (zh, en) = (&page.text[zh..en], &page.text[en..]);
            // Whoever changes one half and forgets the other is reminded.
            let shape = |half: &str| {
                let count = |mark| half.lines().filter(|line| line.starts_with(mark)).count();
                [count("### "), count("| "), count("!["), count("- ")]
            };
            let marks = "headings, rows, pictures and points";
            assert_eq!(shape(zh), shape(en), "{marks} of {}", path.display());
            let is_chinese = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
            assert!(
                zh.chars().filter(is_chinese).count() > 100,
                "{}",
                path.display()
            );
        }
    }
}
