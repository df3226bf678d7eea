#!/bin/sh
# Makes the announcements that call-centre.js plays: 8 kHz, 16 bit, mono WAV.
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

english please-wait 'Thank you for waiting. Please stay on the line, and we will answer as soon as someone is free.'
english all-busy 'All our agents are busy at the moment. Please stay on the line.'
english goodbye 'We are sorry that nobody could answer your call. Please call again later. Goodbye.'
english ask-manager 'Shall the same agent always answer you when you call? Press 1 for yes, 2 for no.'

russian please-wait 'Спасибо за ожидание. Оставайтесь на линии, мы ответим, как только кто-нибудь освободится.'
russian all-busy 'Сейчас все операторы заняты. Пожалуйста, оставайтесь на линии.'
russian goodbye 'К сожалению, мы не смогли ответить на ваш звонок. Пожалуйста, позвоните позже. До свидания.'
russian ask-manager 'Соединять вас всегда с этим же менеджером? Нажмите один, если да, два, если нет.'
