// Keeps wrk awake: loaded before the C library (LD_PRELOAD), it takes the place of the call in which wrk waits for replies,
// and asks again and again instead of sleeping. A server then never pays for waking the client, as no server does whose
// clients are behind a network. wrk's timers and its end go by the time-out of the same call, which is kept.
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <time.h>

// How often it asks between two looks at the clock: some 30 µs, and timers are in milliseconds.
enum { ASKED_PER_LOOK = 64 };

static long long milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

// epoll_pwait is the same call of the kernel, and is not replaced.
int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout) {
  long long until = timeout > 0 ? milliseconds() + timeout : 0;
  for (int asked = 1;; asked++) {
    int found = epoll_pwait(epoll, events, most, 0, NULL);
    if (found != 0 || timeout == 0) return found;
    if (asked == ASKED_PER_LOOK) {
      if (timeout > 0 && milliseconds() >= until) return 0;
      asked = 0;
    }
  }
}
