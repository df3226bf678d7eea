import type { Text } from "./en.ts";
import { plural } from "./plural.ts";

const rule = new Intl.PluralRules("ru");

/** Russian. */
export const ru: Text = {
  language: "Русский",
  page_title: "Cordboard – оператор",

  sign_in: {
    title: "Вход",
    lead: "Принимайте звонки, следите за очередью, знайте, кто ждёт.",
    user: "Имя пользователя",
    password: "Пароль",
    show_password: "Показать пароль",
    hide_password: "Скрыть пароль",
    submit: "Войти",
    working: "Входим…",
    wrong: "Неверное имя пользователя или пароль. Проверьте и попробуйте ещё раз.",
    wait: (left) => `Слишком много попыток. Повторить можно через ${left}.`,
    unreachable: "Сервер не отвечает. Проверьте сеть и попробуйте ещё раз.",
    other: (message) => `Войти не удалось: ${message}`,
    ended: "Сеанс завершён. Войдите, пожалуйста, ещё раз.",
    not_agent: (name, role) =>
      `Пользователь ${name} вошёл с ролью ${role}. Эта страница – для операторов: выйдите и войдите под именем оператора.`,
  },

  header: {
    sign_out: "Выйти",
    language: "Язык",
    sound_on: "Звук включён",
    sound_off: "Звук выключен",
    sound_blocked: "Разрешить звук",
    notify: "Уведомлять",
    notify_hint: "Показывать системное уведомление о звонке, когда страница скрыта",
    keys: "Клавиши",
    phone: { present: "Телефон в сети", absent: "Телефон не в сети", unknown: "Телефон: нет данных" },
  },

  link: {
    connecting: "Подключаемся…",
    broken: "Нет связи с сервером. Подключаемся снова…",
    broken_hint: "Данные на экране могли устареть. Начатый разговор продолжается.",
    poll: "Медленное соединение: изменения могут запаздывать.",
  },

  intent: {
    // Words for the line rather than the person: they fit women and men alike.
    ready: "На линии",
    not_ready: "Пауза",
    offline: "Не в сети",
    press_when_ready: "Нажмите, чтобы выйти на линию",
    press_to_stop: "Нажмите, чтобы уйти на паузу",
    after_call_ready: "После этого звонка придёт следующий",
    after_call_stop: "После этого звонка новых не будет",
    saving: "Сохраняем…",
    failed: "Не сохранено: нет связи. Нажмите ещё раз.",
    refused: (message) => `Не сохранено: ${message}`,
    why: "Выбрать причину",
    reasons: { break: "Перерыв", lunch: "Обед", training: "Обучение", other: "Другое" },
  },

  call: {
    title: "Звонок",
    idle_ready: "Ждём звонка",
    idle_ready_hint: "Следующий звонок – ваш. Телефон зазвонит.",
    idle_not_ready: "Сейчас звонки к вам не поступают",
    idle_not_ready_hint: "Пока вы не на линии, звонки принимают коллеги.",
    retry: (time) => `Следующий звонок – после ${time}`,
    retry_hint: "Прошлый звонок не был принят, поэтому вас ненадолго пропускают.",
    reserved: "К вам направлен звонок",
    ringing: "Входящий звонок",
    ringing_hint: "Ответьте на телефоне",
    talking: "Разговор",
    wrap_up: "После звонка",
    wrap_up_hint: "Закончите записи. Следующий звонок придёт, когда время выйдет.",
    wrap_up_open_hint: "Закончите записи и нажмите «Закончить».",
    done: "Закончить",
    busy: "Занято",
    unknown_caller: "Номер скрыт",
    queue: "Очередь",
    waited: "Ждёт",
    waited_total: "Ожидание",
    talk: "Разговор",
    dialed: "Набран",
    note: "Заметка",
    time_left: "осталось",
    phone_absent: "Ваш телефон не в сети",
    phone_absent_hint: "Звонки не дойдут. Проверьте, что телефон включён, подключён к сети и зарегистрирован под вашим именем пользователя.",
    offer_title: (who) => `☎ ${who} – Cordboard`,
    notification: (who, queue) => `${who} – очередь ${queue}`,
  },

  marks: {
    title: "Мой день",
    answered: "Принято",
    missed: "Пропущено",
    rejected: "Отклонено",
    unreachable: "Не дозвонились",
    busy: "Телефон занят",
    answer_speed: "Скорость ответа",
    talk: "Разговоры",
    streak: (n) =>
      plural(rule, n, {
        one: `${n} пропуск подряд`,
        few: `${n} пропуска подряд`,
        many: `${n} пропусков подряд`,
        other: `${n} пропуска подряд`,
      }),
  },

  queues: {
    title: "Очереди",
    none: "Вы пока не состоите ни в одной очереди.",
    queue: "Очередь",
    waiting: "Ждут",
    longest: "Дольше всех",
    free: "Свободны",
    talking: "Говорят",
    ready: "На линии",
    answered: "Принято сегодня",
    abandoned: "Не дождались",
    callers: (n) =>
      plural(rule, n, {
        one: `${n} звонящий ждёт`,
        few: `${n} звонящих ждут`,
        many: `${n} звонящих ждут`,
        other: `${n} звонящего ждут`,
      }),
    nobody: "Никто не ждёт",
  },

  keys: {
    title: "Клавиши",
    ready: "На линии / пауза",
    end_wrap_up: "Закончить время после звонка",
    help: "Показать или скрыть этот список",
    close: "Закрыть",
    note: "Пока вы печатаете в поле, клавиши не действуют.",
  },

  units: {
    seconds: (n) =>
      plural(rule, n, { one: `${n} секунду`, few: `${n} секунды`, many: `${n} секунд`, other: `${n} секунды` }),
    minutes: (n) =>
      plural(rule, n, { one: `${n} минуту`, few: `${n} минуты`, many: `${n} минут`, other: `${n} минуты` }),
    hours_short: (n) => `${n} ч`,
    minutes_short: (n) => `${n} мин`,
    seconds_short: (n) => `${n} с`,
  },

  said: {
    ringing: (who, queue, waited) => `Входящий звонок: ${who}, очередь ${queue}, ждёт ${waited}.`,
    talking: (who) => `Разговор: ${who}.`,
    intent: (word) => `Теперь вы: ${word}.`,
  },
};
