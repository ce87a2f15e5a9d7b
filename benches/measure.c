/* Runs a program, with its output discarded, and prints what it used and its exit status. benches/programs.py compiles it.
 *
 *     measure cpu PROGRAM...    CPU time in microseconds, minor page faults, peak memory in KiB
 *     measure step PROGRAM...   instructions of its main thread, counted by stepping: unlike callgrind, on this very processor
 *     measure calls PROGRAM...  system calls of its main thread
 *
 * Not in Python, because a process inherits the peak memory of the process that forks it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static long microseconds(struct timeval time) { return time.tv_sec * 1000000L + time.tv_usec; }

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    int cpu = !strcmp(argv[1], "cpu"), step = !strcmp(argv[1], "step"), status = 0;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), out = fcntl(1, F_DUPFD_CLOEXEC, 3);
    dup2(null, 0), dup2(null, 1);
    /* Not fork: copies of this program's pages would count as the child's. */
    pid_t child = vfork();
    if (child == 0) {
        if (!cpu) ptrace(PTRACE_TRACEME, 0, 0, 0);
        execv(argv[2], argv + 2);
        _exit(127);
    }
    dup2(out, 1);
    if (cpu) {
        struct rusage used;
        if (wait4(child, &status, 0, &used) < 0) return 1;
        printf("%ld %ld %ld ", microseconds(used.ru_utime) + microseconds(used.ru_stime), used.ru_minflt, used.ru_maxrss);
        return printf("%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1) < 0;
    }
    /* The first stop is that of execv. */
    if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status)) return 1;
    ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    long count = 0;
    for (int signal = 0;; count += step ? !signal : 0) {
        ptrace(step ? PTRACE_SINGLESTEP : PTRACE_SYSCALL, child, 0, signal);
        if (waitpid(child, &status, 0) < 0) return 1;
        if (WIFEXITED(status) || WIFSIGNALED(status)) break;
        signal = WSTOPSIG(status);
        if (signal == (SIGTRAP | 0x80)) count++;
        if (signal == SIGTRAP || signal == (SIGTRAP | 0x80)) signal = 0;
    }
    /* A call stops at its entry and its exit; the last one, exit_group, only at its entry. */
    printf("%ld ", step ? count : (count + 1) / 2);
    return printf("%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1) < 0;
}
