//! How the sitter may be reached: phone, e-mail, and a name for the file. Each may stay empty.

use super::{Chime, Contacting, Effect, Session, State, Typed};
use crate::{capture::Contact, time::Now};

/// The longest input each field takes, in characters: E.164 with its plus, a long address, and a
/// name that any file system takes.
const LONGEST_PHONE: usize = 16;
const LONGEST_EMAIL: usize = 64;
const LONGEST_FILE_NAME: usize = 40;

/// Fewest digits of a telephone number.
const FEWEST_DIGITS: usize = 6;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContactField {
    #[default]
    Phone,
    Email,
    FileName,
}

impl ContactField {
    pub const ALL: [Self; 3] = [Self::Phone, Self::Email, Self::FileName];
}

/// What is being typed. Wiped when dropped; prints only lengths.
#[derive(Clone, Debug, Default)]
pub struct ContactForm {
    phone: Typed,
    email: Typed,
    file_name: Typed,
    /// The field that takes the keys.
    pub at: ContactField,
    /// The field that is filled in but cannot be right.
    pub wrong: Option<ContactField>,
}

impl ContactForm {
    pub const fn field(&self, field: ContactField) -> &Typed {
        match field {
            ContactField::Phone => &self.phone,
            ContactField::Email => &self.email,
            ContactField::FileName => &self.file_name,
        }
    }

    const fn field_mut(&mut self) -> &mut Typed {
        match self.at {
            ContactField::Phone => &mut self.phone,
            ContactField::Email => &mut self.email,
            ContactField::FileName => &mut self.file_name,
        }
    }

    /// Takes the keys that the field accepts, as long as there is room.
    fn type_in(&mut self, keys: &str) {
        self.wrong = None;
        let (longest, at) = (longest(self.at), self.at);
        let field = self.field_mut();
        for key in keys.chars() {
            if field.len() < longest && takes(at, field.len(), key) {
                field.push(key);
            }
        }
    }

    fn backspace(&mut self) {
        self.wrong = None;
        self.field_mut().pop();
    }

    pub fn is_empty(&self) -> bool {
        let mut fields = ContactField::ALL.into_iter();
        fields.all(|field| self.field(field).is_empty())
    }

    /// Returns the first field that is filled in and cannot be right.
    fn mistake(&self) -> Option<ContactField> {
        let digits = self.phone.as_str().chars().filter(char::is_ascii_digit);
        if !self.phone.is_empty() && digits.count() < FEWEST_DIGITS {
            Some(ContactField::Phone)
        } else if !self.email.is_empty() && !is_address(self.email.as_str()) {
            Some(ContactField::Email)
        } else {
            None
        }
    }

    fn contact(&self) -> Contact {
        Contact {
            phone: self.phone.as_str().to_owned(),
            email: self.email.as_str().to_owned(),
            file_name: self.file_name.as_str().to_owned(),
        }
    }
}

const fn longest(field: ContactField) -> usize {
    match field {
        ContactField::Phone => LONGEST_PHONE,
        ContactField::Email => LONGEST_EMAIL,
        ContactField::FileName => LONGEST_FILE_NAME,
    }
}

/// Returns whether a key is accepted at position `at` of a field. File names keep to what every
/// phone and mail program takes.
fn takes(field: ContactField, at: usize, key: char) -> bool {
    match field {
        ContactField::Phone => key.is_ascii_digit() || (key == '+' && at == 0),
        ContactField::Email => key.is_ascii_alphanumeric() || "@._+-".contains(key),
        ContactField::FileName => key.is_ascii_alphanumeric() || "_-".contains(key),
    }
}

/// Returns whether the text has something before one `@` and a domain with a dot inside after it.
fn is_address(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else {
        return false;
    };
    let dotted = domain
        .rsplit_once('.')
        .is_some_and(|(host, top)| !host.is_empty() && top.len() >= 2);
    !name.is_empty() && dotted && !domain.contains('@')
}

impl Session {
    pub(super) fn contact_field(&mut self, field: ContactField, now: Now) -> Vec<Effect> {
        if let State::Contact(contacting) = &mut self.state {
            contacting.form.at = field;
            self.begin_deadline(now);
        }
        vec![]
    }

    /// Takes keys for the form. The person typing is still there, so the deadline starts again.
    pub(super) fn contact_keys(&mut self, keys: &str, now: Now) -> Vec<Effect> {
        if let State::Contact(contacting) = &mut self.state {
            contacting.form.type_in(keys);
            self.begin_deadline(now);
        }
        vec![]
    }

    pub(super) fn contact_backspace(&mut self, now: Now) {
        if let State::Contact(contacting) = &mut self.state {
            contacting.form.backspace();
            self.begin_deadline(now);
        }
    }

    /// Submits the form, unless something in it cannot be right. An empty form is not kept.
    pub(super) fn contact_done(&mut self, now: Now) -> Vec<Effect> {
        let State::Contact(Contacting { form, receipt, .. }) = &mut self.state else {
            return vec![];
        };
        if let Some(wrong) = form.mistake() {
            (form.at, form.wrong) = (wrong, Some(wrong));
            return vec![Effect::Chime(Chime::Refused)];
        }
        let keep = (!form.is_empty()).then(|| Effect::KeepContact {
            capture: receipt.visit,
            contact: form.contact(),
        });
        let mut effects: Vec<Effect> = keep.into_iter().collect();
        effects.extend(self.contact_over(now));
        effects
    }

    /// Goes on to the payment or the receipt and forgets what was typed.
    pub(super) fn contact_over(&mut self, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Contact(Contacting {
                person, receipt, ..
            }) => self.go_to_payment(person, receipt, now),
            other => {
                self.state = other;
                vec![]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(at: ContactField, keys: &str) -> ContactForm {
        let mut form = ContactForm {
            at,
            ..ContactForm::default()
        };
        form.type_in(keys);
        form
    }

    #[test]
    fn each_field_takes_its_own_keys() {
        let phone = typed(ContactField::Phone, "+86 138-0000a0000+");
        assert_eq!(phone.contact().phone, "+8613800000000");
        let email = typed(ContactField::Email, "li.ming@shili.example 你");
        assert_eq!(email.contact().email, "li.ming@shili.example");
        let name = typed(ContactField::FileName, "../li ming_2026");
        assert_eq!(name.contact().file_name, "liming_2026");
        let long = typed(ContactField::Phone, &"1".repeat(99));
        assert_eq!(long.contact().phone.len(), LONGEST_PHONE);
    }

    #[test]
    fn a_mistake_is_named_by_its_field() {
        assert_eq!(typed(ContactField::Phone, "").mistake(), None);
        assert_eq!(
            typed(ContactField::Phone, "12345").mistake(),
            Some(ContactField::Phone)
        );
        for wrong in ["a", "a@", "@b.cn", "a@b", "a@b.c", "a@b@c.cn", "a@.cn"] {
            let form = typed(ContactField::Email, wrong);
            assert_eq!(form.mistake(), Some(ContactField::Email), "{wrong}");
        }
        assert_eq!(typed(ContactField::Email, "a@b.cn").mistake(), None);
    }

    #[test]
    fn a_form_prints_nothing_that_was_typed() {
        let form = typed(ContactField::Email, "li@shili.example");
        assert!(!format!("{form:?} {:?}", form.contact()).contains("shili"));
    }
}
