/* A browser for tests of the sign-in by SAML. It speaks over the pipe of DevTools as Chromium does, and shows nothing.
 *
 * When it is told to open a window, it sends the lines of the file `browser-says` as messages: each becomes one with a zero byte at its
 * end. It appends what it is told to the file `browser-hears`, and exits when it is told to or the pipe is closed. A line
 * `exit` makes it exit at once, and say why on stderr. Both files are in the folder that it is started in.
 *
 * It is in C since Rust takes over a handle by its number, as Windows passes it on, in unsafe code only.
 */
#include <stdio.h>
#include <string.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#else
#include <unistd.h>
#endif

/* Sends the messages. Returns whether to exit. */
static int speak(int to) {
    static char line[1 << 20];
    FILE *says = fopen("browser-says", "rb");
    while (says && fgets(line, sizeof line, says)) {
        line[strcspn(line, "\n")] = 0;
        if (!strcmp(line, "exit")) {
            fputs("cannot open display\n", stderr);
            return 1;
        }
        if (write(to, line, strlen(line) + 1) < 0) return 1;
    }
    if (says) fclose(says);
    return 0;
}

int main(int count, char **words) {
    static char command[1 << 16];
    size_t length = 0;
    int from = 3, to = 4;
#ifdef _WIN32
    for (int i = 1; i < count; i++) {
        long long read_end, write_end;
        if (sscanf(words[i], "--remote-debugging-io-pipes=%lld,%lld", &read_end, &write_end) == 2) {
            from = _open_osfhandle(read_end, _O_RDONLY | _O_BINARY);
            to = _open_osfhandle(write_end, _O_BINARY);
        }
    }
#else
    (void)count, (void)words;
#endif
    while (read(from, command + length, 1) == 1) {
        if (command[length] && length < sizeof command - 1) {
            length++;
            continue;
        }
        command[length] = 0;
        FILE *hears = fopen("browser-hears", "ab");
        if (hears) {
            fprintf(hears, "%s\n", command);
            fclose(hears);
        }
        if (strstr(command, "\"Target.createTarget\"") && speak(to)) return 1;
        if (strstr(command, "\"Browser.close\"")) return 0;
        length = 0;
    }
    return 0;
}
