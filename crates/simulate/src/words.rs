//! The words of the report in the languages of its readers.

/// A language of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Russian.
    Russian,
}

/// Every word that the report shows.
pub(crate) struct Words {
    pub(crate) tag: &'static str,
    pub(crate) title: &'static str,
    pub(crate) explanation: &'static str,
    pub(crate) offered: &'static str,
    pub(crate) answered: &'static str,
    pub(crate) abandoned: &'static str,
    pub(crate) elsewhere: &'static str,
    pub(crate) blocked: &'static str,
    pub(crate) service_level: &'static str,
    pub(crate) within_s: &'static str,
    pub(crate) mean_wait: &'static str,
    pub(crate) wait: &'static str,
    pub(crate) longest_wait: &'static str,
    pub(crate) occupancy: &'static str,
    pub(crate) staff: &'static str,
    pub(crate) missed: &'static str,
    pub(crate) handling: &'static str,
    pub(crate) queue: &'static str,
    pub(crate) agent: &'static str,
    pub(crate) talk: &'static str,
    pub(crate) seconds: &'static str,
    pub(crate) percent: &'static str,
    pub(crate) erlang_note: &'static str,
    pub(crate) half_of_callers: &'static str,
    pub(crate) nine_of_ten: &'static str,
    pub(crate) by_interval: &'static str,
    pub(crate) by_queue: &'static str,
    pub(crate) by_agent: &'static str,
    pub(crate) by_reserve: &'static str,
    pub(crate) reserve: &'static str,
    pub(crate) on_reserve: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) busy: &'static str,
    pub(crate) whole_day: &'static str,
}

const ENGLISH: Words = Words {
    tag: "en",
    title: "A simulated day",
    explanation: "Made-up callers and agents, the real routing. The same seed is the same day.",
    offered: "Calls",
    answered: "Answered",
    abandoned: "Hung up waiting",
    elsewhere: "Left otherwise",
    blocked: "Not let in",
    service_level: "Service level",
    within_s: "answered within, seconds",
    mean_wait: "Mean wait of answered",
    wait: "Wait",
    longest_wait: "Longest wait",
    occupancy: "Occupancy",
    staff: "Agents at work",
    missed: "Phones not answered",
    handling: "Talk and wrap-up",
    queue: "Queue",
    agent: "Agent",
    talk: "Talk",
    seconds: "s",
    percent: "%",
    erlang_note: "Erlang C takes callers for endlessly patient, Erlang A for ones who hang up; both take every agent for one of every queue. No line is drawn where a formula has no answer.",
    half_of_callers: "half of callers wait less",
    nine_of_ten: "nine of ten wait less",
    by_interval: "By time of day",
    by_queue: "By queue",
    by_agent: "By agent",
    by_reserve: "By reserve number",
    reserve: "Reserve number",
    on_reserve: "On reserve numbers",
    failed: "Failed",
    busy: "Busy",
    whole_day: "The whole day",
};

const RUSSIAN: Words = Words {
    tag: "ru",
    title: "Смоделированный день",
    explanation: "Звонящие и операторы придуманы, распределение звонков настоящее. То же начальное число даёт тот же день.",
    offered: "Звонков",
    answered: "Отвечено",
    abandoned: "Не дождались",
    elsewhere: "Ушли иначе",
    blocked: "Не приняты",
    service_level: "Уровень обслуживания",
    within_s: "ответ не позже, секунд",
    mean_wait: "Среднее ожидание ответа",
    wait: "Ожидание",
    longest_wait: "Самое долгое ожидание",
    occupancy: "Занятость",
    staff: "Операторов на смене",
    missed: "Не сняли трубку",
    handling: "Разговор и обработка",
    queue: "Очередь",
    agent: "Оператор",
    talk: "Разговор",
    seconds: "с",
    percent: "%",
    erlang_note: "Формула Эрланга C считает звонящих бесконечно терпеливыми, Эрланга A — готовыми уйти; обе считают, что каждый оператор обслуживает все очереди. Где у формулы нет ответа, линии нет.",
    half_of_callers: "половина ждёт меньше",
    nine_of_ten: "девять из десяти ждут меньше",
    by_interval: "По времени дня",
    by_queue: "По очередям",
    by_agent: "По операторам",
    by_reserve: "По резервным номерам",
    reserve: "Резервный номер",
    on_reserve: "На резервных номерах",
    failed: "Не удалось",
    busy: "Занято",
    whole_day: "Весь день",
};

impl Language {
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Russian => &RUSSIAN,
        }
    }
}
