//! What callers are told of call-backs.

use super::CallbackRefusal;

impl CallbackRefusal {
    /// The word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotOffered => "callback_not_offered",
            Self::BadNumber => "callback_bad_number",
            Self::Duplicate => "callback_duplicate",
            Self::TooMany => "callback_too_many",
            Self::UnknownQueue => "unknown_queue",
        }
    }

    /// What a caller hears who goes on waiting; and in which language.
    pub(crate) fn said(self, language: Option<&str>) -> (&'static str, &'static str) {
        let tag = language.unwrap_or("en").to_lowercase();
        let is_russian = tag.split(['-', '_']).next() == Some("ru");
        let text = match (self, is_russian) {
            (Self::BadNumber, true) => {
                "Этот номер набрать нельзя. Пожалуйста, оставайтесь на линии."
            }
            (Self::BadNumber, false) => "That number cannot be dialled. Please stay on the line.",
            (Self::Duplicate, true) => {
                "Обратный звонок на этот номер уже заказан. Можно повесить трубку."
            }
            (Self::Duplicate, false) => {
                "A call to that number is in line already. You may hang up."
            }
            (Self::NotOffered | Self::TooMany | Self::UnknownQueue, true) => {
                "К сожалению, сейчас перезвонить не получится. Пожалуйста, оставайтесь на линии."
            }
            (Self::NotOffered | Self::TooMany | Self::UnknownQueue, false) => {
                "We are sorry, we cannot call you back now. Please stay on the line."
            }
        };
        (text, if is_russian { "ru" } else { "en" })
    }
}
