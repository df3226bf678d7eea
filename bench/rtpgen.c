// RTP load generator with one UDP socket a side.
// Side A (callers) and side B (agents) each own one port; every call's SDP names
// that port, and streams are told apart by the server's source port. A stream
// starts when the server's first packet for it arrives, is sent paced (20 ms
// PCMU, 172-byte datagrams) from then on, and ends IDLE ms after the last one.
// A's payload carries (magic, stream port, incarnation, send time); when it comes out at B
// (through the server) the one-way latency is recorded, and the first one of a stream logged.
// With tailA/tailB (sipp -trace_logs files with lines "200|INVITE to from PORT ...", PORT being the
// server's RTP port) a stream also starts as soon as its line appears, so the generator speaks first
// as a phone does.
// usage: rtpgen portA portB seconds logfile [tailA tailB]    (SIGUSR1: print+reset window; SIGTERM:
// print and exit)
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#define BATCH 256
#define NSLOT 20
#define IDLE_NS 2000000000ULL
#define HB 5000 /* histogram buckets of 100 us */
typedef struct {
  int active, slot, pos;
  uint16_t seq, rxseq;
  uint32_t ts, ssrc, gen;
  uint64_t last_rx, rx, first_log;
  int lat_ok;
} St;
static St st[2][65536];
static int slotlist[2][NSLOT][65536];
static int slotn[2][NSLOT];
static int fd[2];
static FILE *lg;
static uint64_t rxn[2], txn[2], lost[2], lathist[HB + 1], gaphist[2][HB + 1], txerr, latn,
    nstreams[2], nactive[2], late_ticks;
static volatile sig_atomic_t want_stat, want_exit;
static uint64_t nowns(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1000000000ULL + t.tv_nsec;
}
static void onusr(int s) {
  (void)s;
  want_stat = 1;
}
static void onterm(int s) {
  (void)s;
  want_exit = 1;
}
static double pct(uint64_t *h, double p) {
  uint64_t n = 0, c = 0;
  for (int i = 0; i <= HB; i++)
    n += h[i];
  if (!n)
    return -1;
  for (int i = 0; i <= HB; i++) {
    c += h[i];
    if (c >= p * n)
      return i * 0.1;
  }
  return HB * 0.1;
}
static double hmax(uint64_t *h) {
  for (int i = HB; i >= 0; i--)
    if (h[i])
      return i * 0.1;
  return -1;
}
static uint64_t over(uint64_t *h, double ms) {
  uint64_t c = 0;
  for (int i = (int)(ms * 10); i <= HB; i++)
    c += h[i];
  return c;
}
static uint64_t win0;
static void stat(void) {
  struct rusage ru;
  getrusage(RUSAGE_SELF, &ru);
  uint64_t n = nowns();
  printf("{\"win_s\":%.2f,\"activeA\":%lu,\"activeB\":%lu,\"streamsA\":%lu,\"streamsB\":%lu,"
         "\"rxA\":%lu,\"txA\":%lu,\"rxB\":%lu,\"txB\":%lu,\"seqlostA\":%lu,\"seqlostB\":%lu,\"lat_"
         "n\":%lu,\"lat_p50_ms\":%.1f,\"lat_p99_ms\":%.1f,\"lat_max_ms\":%.1f,\"gapA_p50\":%.1f,"
         "\"gapA_p99\":%.1f,\"gapA_max\":%.1f,\"gapA_over60ms\":%lu,\"gapA_over40ms\":%lu,\"gapB_over40ms\":%lu,\"gapB_p50\":%.1f,\"gapB_p99\":"
         "%.1f,\"gapB_max\":%.1f,\"late_ticks\":%lu,\"txerr\":%lu,\"gen_cpu_s\":%.2f}\n",
         (n - win0) / 1e9, nactive[0], nactive[1], nstreams[0], nstreams[1], rxn[0], txn[0], rxn[1],
         txn[1], lost[0], lost[1], latn, pct(lathist, .5), pct(lathist, .99), hmax(lathist),
         pct(gaphist[0], .5), pct(gaphist[0], .99), hmax(gaphist[0]), over(gaphist[0], 60),
         over(gaphist[0], 40), over(gaphist[1], 40),
         pct(gaphist[1], .5), pct(gaphist[1], .99), hmax(gaphist[1]), late_ticks, txerr,
         ru.ru_utime.tv_sec + ru.ru_stime.tv_sec +
             (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6);
  fflush(stdout);
  memset(rxn, 0, sizeof rxn);
  memset(txn, 0, sizeof txn);
  memset(lost, 0, sizeof lost);
  memset(lathist, 0, sizeof lathist);
  memset(gaphist, 0, sizeof gaphist);
  latn = 0;
  late_ticks = 0;
  txerr = 0;
  nstreams[0] = nstreams[1] = 0;
  win0 = n;
}
static void deact(int s, int p) {
  St *t = &st[s][p];
  int *l = slotlist[s][t->slot];
  int last = l[--slotn[s][t->slot]];
  l[t->pos] = last;
  st[s][last].pos = t->pos;
  t->active = 0;
  nactive[s]--;
}
static unsigned char rbuf[BATCH][2048];
static struct mmsghdr rm[BATCH];
static struct iovec ri[BATCH];
static struct sockaddr_in ra[BATCH];
static unsigned char tbuf[BATCH][172];
static struct mmsghdr tm_[BATCH];
static struct iovec ti[BATCH];
static struct sockaddr_in ta[BATCH];
static unsigned rr;
static void act(int s, int p, uint64_t now) {
  St *t = &st[s][p];
  if (t->active) {
    t->gen = (uint32_t)(now / 1000000);
    t->first_log = 0;
    t->last_rx = now;
    nstreams[s]++;
    return;
  }
  memset(t, 0, sizeof *t);
  t->active = 1;
  nactive[s]++;
  nstreams[s]++;
  t->slot = rr++ % NSLOT;
  t->pos = slotn[s][t->slot];
  slotlist[s][t->slot][slotn[s][t->slot]++] = p;
  t->ssrc = 0x10000000u * (s + 1) + p;
  t->gen = (uint32_t)(now / 1000000);
  t->seq = 1;
  t->last_rx = now;
}
static void tail(int s, const char *path, uint64_t now) {
  static int f[2] = {-1, -1};
  static char b[2][65536];
  static int n[2];
  if (!path)
    return;
  if (f[s] < 0 && (f[s] = open(path, O_RDONLY)) < 0)
    return;
  int r;
  while ((r = read(f[s], b[s] + n[s], sizeof b[s] - 1 - n[s])) > 0) {
    n[s] += r;
    b[s][n[s]] = 0;
    char *q = b[s], *e;
    while ((e = strchr(q, '\n'))) {
      *e = 0;
      char word[16];
      int p = 0;
      if (sscanf(q, "%15s %*s %*s %d", word, &p) == 2 && p > 0 && p < 65536 &&
          (!strcmp(word, "200") || !strcmp(word, "INVITE")))
        act(s, p, now);
      q = e + 1;
    }
    n[s] -= q - b[s];
    memmove(b[s], q, n[s]);
  }
}
static void rx(int s, uint64_t *pn) {
  for (int round = 0; round < 16; round++) {
    for (int i = 0; i < BATCH; i++)
      rm[i].msg_hdr.msg_namelen = sizeof ra[0];
    int n = recvmmsg(fd[s], rm, BATCH, MSG_DONTWAIT, 0);
    if (n <= 0)
      return;
    uint64_t now = nowns();
    *pn = now;
    for (int i = 0; i < n; i++) {
      int p = ntohs(ra[i].sin_port);
      unsigned char *b = rbuf[i];
      int len = rm[i].msg_len;
      if (len < 12 || (b[0] >> 6) != 2)
        continue;
      if (b[1] >= 200 && b[1] <= 210)
        continue; /* RTCP */
      St *t = &st[s][p];
      uint16_t sq = b[2] << 8 | b[3];
      rxn[s]++;
      if (!t->active)
        act(s, p, now);
      else if (t->rx) {
        uint64_t g = (now - t->last_rx) / 100000;
        gaphist[s][g > HB ? HB : g]++;
        int16_t d = sq - t->rxseq;
        if (d > 1 && d < 100)
          lost[s] += d - 1;
      }
      t->last_rx = now;
      t->rxseq = sq;
      t->rx++;
      if (s == 1 && len >= 172 && !memcmp(b + 12, "RtGn", 4)) {
        uint64_t ts;
        uint16_t ap;
        uint32_t gen;
        memcpy(&ts, b + 16, 8);
        memcpy(&ap, b + 24, 2);
        memcpy(&gen, b + 26, 4);
        uint64_t l = now > ts ? (now - ts) / 100000 : 0;
        lathist[l > HB ? HB : l]++;
        latn++;
        St *a = &st[0][ap];
        if (a->active && a->gen == gen && !a->first_log) {
          a->first_log = now;
          if (lg)
            fprintf(lg, "R %u %lu.%06lu %d\n", ap, now / 1000000000, (now % 1000000000) / 1000, p);
        }
      }
    }
    if (n < BATCH)
      return;
  }
}
static void flush_tx(int s, int n) {
  int o = 0;
  while (o < n) {
    int r = sendmmsg(fd[s], tm_ + o, n - o, 0);
    if (r < 0) {
      if (errno == EINTR)
        continue;
      txerr++;
      o++;
      continue;
    }
    o += r;
  }
  txn[s] += n;
}
static void tick(int s, int slot, uint64_t now) {
  int n = 0;
  for (int k = 0; k < slotn[s][slot];) {
    int p = slotlist[s][slot][k];
    St *t = &st[s][p];
    if (now - t->last_rx > IDLE_NS) {
      deact(s, p);
      continue;
    }
    k++;
    unsigned char *b = tbuf[n];
    b[0] = 0x80;
    b[1] = 0;
    b[2] = t->seq >> 8;
    b[3] = t->seq;
    uint32_t v = htonl(t->ts);
    memcpy(b + 4, &v, 4);
    v = htonl(t->ssrc);
    memcpy(b + 8, &v, 4);
    t->seq++;
    t->ts += 160;
    uint16_t pp = p;
    memcpy(b + 12, s == 0 ? "RtGn" : "RtGb", 4);
    uint64_t tt = nowns();
    memcpy(b + 16, &tt, 8);
    memcpy(b + 24, &pp, 2);
    memcpy(b + 26, &t->gen, 4);
    ta[n].sin_family = AF_INET;
    ta[n].sin_port = htons(p);
    ta[n].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (++n == BATCH) {
      flush_tx(s, n);
      n = 0;
    }
  }
  if (n)
    flush_tx(s, n);
}
int main(int c, char **v) {
  int port[2] = {atoi(v[1]), atoi(v[2])};
  double secs = atof(v[3]);
  if (c > 4 && v[4][0] != '-')
    lg = fopen(v[4], "w");
  if (lg)
    setvbuf(lg, 0, _IOLBF, 0);
  signal(SIGUSR1, onusr);
  signal(SIGTERM, onterm);
  signal(SIGINT, onterm);
  for (int s = 0; s < 2; s++) {
    fd[s] = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons(port[s]),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int z = 32 << 20;
    if (setsockopt(fd[s], SOL_SOCKET, SO_RCVBUFFORCE, &z, sizeof z))
      setsockopt(fd[s], SOL_SOCKET, SO_RCVBUF, &z, sizeof z);
    if (bind(fd[s], (void *)&a, sizeof a)) {
      perror("bind");
      return 1;
    }
  }
  for (int i = 0; i < BATCH; i++) {
    ri[i].iov_base = rbuf[i];
    ri[i].iov_len = 2048;
    rm[i].msg_hdr = (struct msghdr){
        .msg_name = &ra[i], .msg_namelen = sizeof ra[0], .msg_iov = &ri[i], .msg_iovlen = 1};
    memset(tbuf[i], 0xff, 172);
    for (int k = 30; k < 172; k++)
      tbuf[i][k] = 0x80 + ((k * 7) & 0x3f);
    ti[i].iov_base = tbuf[i];
    ti[i].iov_len = 172;
    tm_[i].msg_hdr = (struct msghdr){
        .msg_name = &ta[i], .msg_namelen = sizeof ta[0], .msg_iov = &ti[i], .msg_iovlen = 1};
  }
  uint64_t t0 = nowns(), ms = 0, now = t0;
  win0 = t0;
  struct pollfd pf[3] = {{fd[0], POLLIN, 0}, {fd[1], POLLIN, 0}};
  int tf = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct itimerspec its = {{0, 1000000}, {0, 1000000}};
  timerfd_settime(tf, 0, &its, 0);
  pf[2] = (struct pollfd){tf, POLLIN, 0};
  while (!want_exit && (now - t0) / 1e9 < secs) {
    poll(pf, 3, 100);
    uint64_t x;
    if (read(tf, &x, 8) < 0) {
    }
    now = nowns();
    rx(0, &now);
    rx(1, &now);
    if (c > 6) {
      tail(0, v[5], now);
      tail(1, v[6], now);
    }
    uint64_t tgt = (now - t0) / 1000000;
    if (tgt - ms > 5)
      late_ticks++;
    while (ms < tgt) {
      ms++;
      tick(0, ms % NSLOT, now);
      tick(1, ms % NSLOT, now);
    }
    if (want_stat) {
      want_stat = 0;
      stat();
    }
    /* sleep to the next ms unless busy: the timer wakes us */
    struct pollfd t = {tf, POLLIN, 0};
    poll(&t, 1, 5);
  }
  stat();
  return 0;
}
