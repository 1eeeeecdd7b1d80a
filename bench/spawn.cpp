// spawn COMMAND ARGUMENTS...: runs a program and prints {"seconds", "rss_mb", "status"} on standard error. Small on
// purpose: a process inherits the peak memory of the one that started it, so that starting from an interpreter would
// count the interpreter.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::fprintf(stderr, "{\"seconds\": %.6f, \"rss_mb\": %.1f, \"status\": %d}\n", seconds, usage.ru_maxrss / 1024.0,
               status);
  return status == 0 ? 0 : 1;
}
