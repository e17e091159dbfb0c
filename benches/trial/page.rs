//! Tables inside a page of Markdown.

/// Replaces the text between `<!-- name -->` and `<!-- /name -->`.
pub fn put_between(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let from = page.find(&begin).unwrap() + begin.len();
    let to = page.find(&end).unwrap();
    format!("{}\n{text}{}", &page[..from], &page[to..])
}
