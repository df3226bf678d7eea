#!/usr/bin/env bash
# Two phones for someone who has none: anna's, which picks up by itself, and a
# caller's, which dials 100. Run it beside `make run` and press Ready on the page.
#
#   demo/demo.sh [DATA]       DATA is the data folder of the running centre (./data)
#   TALK_S=20                 how long the two talk
#   PRESS_READY=1             presses Ready itself (needs curl): a demo without a page
set -euo pipefail

data=${1:-data}
talk_s=${TALK_S:-15}
wait_ready_s=${WAIT_READY_S:-600}
work=$(mktemp -d)
pids=()

say() { # English, Russian
  case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in ru*) echo "$2" ;; *) echo "$1" ;; esac
}

fail() {
  say "demo: $1" "Демонстрация: $2" >&2
  exit 1
}

end() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

need() {
  local missing=()
  for program in baresip sox; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    fail "please install: apt-get install ${missing[*]}" "установите: apt-get install ${missing[*]}"
  fi
}

# The value of a key anywhere in a small JSON text.
value() { # KEY < JSON
  tr -d '\n' | sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p"
}

# The JSON object of one demo user.
user() { # NAME
  tr -d '\n' <"$data/demo.json" | sed -n "s/.*\"$1\" *: *\({[^}]*}\).*/\1/p"
}

# Speech if there is a voice, otherwise a tone; 8 kHz mono, repeated for minutes.
voice() { # FILE TEXT TONE_HZ
  local raw=$work/raw.wav
  if command -v flite >/dev/null; then
    flite -t "$2" -o "$raw"
  elif command -v espeak-ng >/dev/null; then
    espeak-ng -w "$raw" "$2"
  else
    sox -q -n -r 8000 "$raw" synth 1.5 sine "$3" vol 0.3 pad 0 0.5
  fi
  sox -q "$raw" -r 8000 -c 1 -b 16 "$1" gain -n -9 pad 0 1.2 repeat 40
}

phone() { # NAME ACCOUNT VOICE_FILE
  local dir=$work/$1
  mkdir -p "$dir"
  : >"$dir/contacts"
  echo "$2" >"$dir/accounts"
  cat >"$dir/config" <<CONFIG
poll_method epoll
sip_listen 127.0.0.1:0
net_interface 127.0.0.1
audio_player aubridge,nobody
audio_source aufile,$3
audio_level no
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports 27000-31999
jitter_buffer_delay 1-5
module_path $(dirname "$(find /usr/lib -path '*baresip/modules/g711.so' -print -quit)")
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path $dir
module_app account.so
module_app menu.so
CONFIG
}

start() { # NAME [baresip options]
  local name=$1
  shift
  baresip -f "$work/$name" "$@" >"$work/$name/log" 2>&1 </dev/null &
  pids+=($!)
}

# Waits for a text in a phone's log, with a dot each second.
await() { # NAME TEXT SECONDS
  local second
  for ((second = 0; second < $3 * 5; second++)); do
    if grep -qF "$2" "$work/$1/log" 2>/dev/null; then
      [ "$second" -lt 5 ] || echo
      return 0
    fi
    if [ $((second % 5)) -eq 4 ]; then printf '.'; fi
    sleep 0.2
  done
  echo
  return 1
}

press_ready() {
  local password token
  password=$(user anna | value password)
  token=$(curl -sf "http://$http/api/v1/login" -H 'content-type: application/json' \
    -d "{\"user\":\"anna\",\"password\":\"$password\"}" | value token)
  curl -sf -o /dev/null -X PUT "http://$http/api/v1/agent/intent" \
    -H "authorization: Bearer $token" -H 'content-type: application/json' \
    -d '{"intent":"ready"}'
}

keep_recordings() {
  local kept=$data/demo-recordings name file
  mkdir -p "$kept"
  for name in anna caller; do
    for file in "$work/$name"/*-dec.wav; do
      [ -e "$file" ] || continue
      sox -q "$file" "$kept/heard-by-$name.wav"
      echo "  $kept/heard-by-$name.wav  ($(soxi -d "$file"))"
    done
  done
  say "Listen with: play FILE" "Послушать: play ФАЙЛ"
}

need
[ -r "$data/run.json" ] || fail "no centre runs on $data; start it with: make run" \
  "в $data ничего не запущено; запустите: make run"
[ -r "$data/demo.json" ] || fail "$data/demo.json is not there; was the centre started with make run?" \
  "нет файла $data/demo.json; центр запущен командой make run?"
http=$(value http <"$data/run.json")
sip=$(value sip_udp <"$data/run.json")
secret=$(user anna | value sip_secret)
[ -n "$sip" ] && [ -n "$secret" ] || fail "$data/run.json or demo.json is not complete" \
  "файл $data/run.json или demo.json неполный"

say "1. Preparing voices" "1. Готовим голоса"
voice "$work/anna.wav" "Support, this is Anna. How can I help you?" 880
voice "$work/caller.wav" "Hello, I have a question about my order." 440
phone anna "<sip:anna@$sip>;auth_user=anna;auth_pass=$secret;regint=60;answermode=auto;audio_codecs=PCMU;ptime=20" "$work/anna.wav"
phone caller "<sip:4951234567@$sip>;regint=0;answermode=manual;audio_codecs=PCMU;ptime=20" "$work/caller.wav"

say "2. Anna's phone signs in at $sip" "2. Телефон Анны подключается к $sip"
start anna
await anna "200 OK" 10 || fail "the phone could not register: $(tail -n 3 "$work/anna/log")" \
  "телефон не подключился: $(tail -n 3 "$work/anna/log")"

say "3. A caller dials 100" "3. Клиент набирает 100"
start caller -e "/dial sip:100@$sip"
await caller "Call established" 10 || fail "nobody answered: $(tail -n 3 "$work/caller/log")" \
  "никто не ответил: $(tail -n 3 "$work/caller/log")"

say "4. The caller hears music. Now you: open http://$http/, sign in as anna
   (password: in $data/demo.json) and press Ready." \
  "4. Клиент слышит музыку. Теперь вы: откройте http://$http/, войдите как anna
   (пароль в $data/demo.json) и нажмите «Готов»."
[ -z "${PRESS_READY:-}" ] || press_ready
await anna "Call established" "$wait_ready_s" || fail "nobody pressed Ready in $wait_ready_s s" \
  "за $wait_ready_s с никто не нажал «Готов»"

say "5. They talk for $talk_s s" "5. Разговор $talk_s с"
for ((second = 0; second < talk_s; second++)); do
  printf '.'
  sleep 1
done
echo

say "6. The caller hangs up. What each heard:" "6. Клиент кладёт трубку. Что слышал каждый:"
kill "${pids[1]}" 2>/dev/null || true
await anna "terminated" 10 || say "   (anna's phone did not notice the end)" "   (телефон Анны не заметил конца)"
kill "${pids[0]}" 2>/dev/null || true
wait "${pids[@]}" 2>/dev/null || true
keep_recordings
