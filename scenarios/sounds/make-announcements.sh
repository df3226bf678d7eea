#!/bin/sh
# Makes the announcements that call-centre.js plays: 8 kHz, mono WAV; whole sentences
# of 16 bit, the pieces of places and waits in mu-law (half the size, and what a phone
# gets anyway).
#
#   apt-get install flite festival festvox-ru sox
#   ./make-announcements.sh
#
# Voices, chosen because their terms let anyone use and pass on what they say:
#   English: flite, CMU "slt" (CMU's BSD-like licence; credit Carnegie Mellon University)
#   Russian: festvox-ru, "msu_ru_nsh_clunits" (BSD-like; credit Nickolay V. Shmyrev)
# Record your own voice over these files for a real centre; keep the names.
set -eu
cd "$(dirname "$0")"
raw=$(mktemp --suffix=.wav)
trap 'rm -f "$raw"' EXIT

# Telephone band, even loudness well below clipping, a short pause at each end.
finish() {
    sox "$raw" -r 8000 -b 16 -c 1 "$1" highpass 200 norm -6 pad 0.15 0.3
}

english() {
    flite -voice slt -t "$2" -o "$raw"
    finish "$1.en.wav"
}

russian() {
    printf '%s\n' "$2" | text2wave -eval '(voice_msu_ru_nsh_clunits)' -o "$raw"
    finish "$1.ru.wav"
}

# Pieces are said one after the other: no silence at their ends but a breath.
piece() {
    sox -D "$raw" -r 8000 -c 1 -e mu-law -b 8 "$1" highpass 200 norm -6 \
        silence 1 0.01 0.5% reverse silence 1 0.01 0.5% fade t 0.02 \
        reverse fade t 0.01 pad 0.02 "$2"
}

english_piece() {
    flite -voice slt -t "$2" -o "$raw"
    piece "$1.en.wav" "${3:-0.04}"
}

russian_piece() {
    printf '%s\n' "$2" | text2wave -eval '(voice_msu_ru_nsh_clunits)' -o "$raw"
    piece "$1.ru.wav" "${3:-0.04}"
}

english please-wait 'Thank you for waiting. Please stay on the line, and we will answer as soon as someone is free.'
english all-busy 'All our agents are busy at the moment. Please stay on the line.'
english goodbye 'We are sorry that nobody could answer your call. Please call again later. Goodbye.'
english ask-manager 'Shall the same agent always answer you when you call? Press 1 for yes, 2 for no.'

russian please-wait 'Спасибо за ожидание. Оставайтесь на линии, мы ответим, как только кто-нибудь освободится.'
russian all-busy 'Сейчас все операторы заняты. Пожалуйста, оставайтесь на линии.'
russian goodbye 'К сожалению, мы не смогли ответить на ваш звонок. Пожалуйста, позвоните позже. До свидания.'
russian ask-manager 'Соединять вас всегда с этим же менеджером? Нажмите один, если да, два, если нет.'

# Call-back instead of waiting, call-centre-callback.js.
english_piece callback-offer 'You need not wait: we can call you back, and your place is kept. At this number, press 1. At another number, press 2.' 0.3
english_piece callback-own 'You need not wait: we can call you back, and your place is kept. Press 1.' 0.3
english_piece callback-ask 'You need not wait: we can call you back, and your place is kept. To leave your number, press 2.' 0.3
english_piece callback-number 'Please enter the number, and then press the hash key.' 0.3
english_piece callback-hold 'You asked us to call you back. Please stay on the line, an agent will answer in a moment.' 0.3
english_piece callback-kept 'Thank you. Your place in the queue is kept, and we will call you back. Goodbye.' 0.3
russian_piece callback-offer 'Можно не ждать: мы перезвоним, место в очереди сохранится. На этот номер, нажмите один. На другой, нажмите два.' 0.3
russian_piece callback-own 'Можно не ждать: мы перезвоним, место в очереди сохранится. Нажмите один.' 0.3
russian_piece callback-ask 'Можно не ждать: мы перезвоним, место в очереди сохранится. Чтобы оставить номер, нажмите два.' 0.3
russian_piece callback-number 'Введите номер и нажмите решётку.' 0.3
russian_piece callback-hold 'Вы просили перезвонить. Пожалуйста, оставайтесь на линии, оператор сейчас ответит.' 0.3
russian_piece callback-kept 'Спасибо. Ваше место в очереди сохранено, мы вам перезвоним. До свидания.' 0.3

# Places and waits, put together by recordedPlace in call-centre.js. A number below a
# thousand is at most three pieces: 321 is 300, 20, 1.
english_piece place 'You are number' 0.02
english_piece place-end 'in the queue.' 0.4
english_piece place-next 'You are next.' 0.4
english_piece wait 'The wait is about' 0.02
english_piece wait-longer 'Fewer people take calls now, so it is longer than before.' 0.3
english_piece minute-1 'minute.' 0.4
english_piece minute-5 'minutes.' 0.4

russian_piece place 'Ваш номер в очереди' 0.15
russian_piece place-next 'Вы следующий в очереди.' 0.4
russian_piece wait 'Примерное время ожидания' 0.15
russian_piece wait-longer 'Операторов стало меньше, поэтому ждать придётся дольше, чем было сказано.' 0.3
russian_piece minute-1 'минута.' 0.4
russian_piece minute-2 'минуты.' 0.4
russian_piece minute-5 'минут.' 0.4
# A minute is feminine in Russian: 21 минута is "двадцать одна".
russian_piece number-1-minutes 'одна'
russian_piece number-2-minutes 'две'

numbers() {
    say=$1
    shift
    for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 30 40 50 60 70 80 90 \
        100 200 300 400 500 600 700 800 900; do
        "$say" "number-$number" "$1"
        shift
    done
}

numbers english_piece one two three four five six seven eight nine ten eleven twelve thirteen \
    fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy \
    eighty ninety 'one hundred' 'two hundred' 'three hundred' 'four hundred' 'five hundred' \
    'six hundred' 'seven hundred' 'eight hundred' 'nine hundred'
numbers russian_piece один два три четыре пять шесть семь восемь девять десять одиннадцать \
    двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать \
    девятнадцать двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто \
    сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот
