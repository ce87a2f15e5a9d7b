/* Ctrl-C for tests, which takes system calls that need unsafe code in Rust. tests/kit/src/in_c.rs builds it.

   ctrl-c READY COMMAND          runs the command line COMMAND in this console, presses Ctrl-C once the file READY is there, and ends
                                 with the command's status
   ctrl-c --wait READY           makes the file READY, and is ended by Ctrl-C
   ctrl-c --wait READY DONE      makes the file READY; at Ctrl-C it works for a second, makes the file DONE, and ends with status 300 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static volatile LONG pressed = 0;

static BOOL WINAPI note(DWORD kind) {
    InterlockedExchange(&pressed, 1);
    return TRUE;
}

static void make(const char *path) {
    FILE *file = fopen(path, "w");
    if (file != NULL) fclose(file);
}

static int there(const char *path) { return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES; }

int main(int count, char **words) {
    /* A program that is started in a group of its own ignores Ctrl-C, and so do its children. */
    SetConsoleCtrlHandler(NULL, FALSE);
    if (count >= 3 && strcmp(words[1], "--wait") == 0) {
        if (count >= 4) SetConsoleCtrlHandler(note, TRUE);
        make(words[2]);
        for (int tenths = 0; tenths < 600 && !pressed; tenths++) Sleep(100);
        if (!pressed) return 99;
        Sleep(1000);
        make(words[3]);
        return 300;
    }
    if (count != 3) return 98;
    SetConsoleCtrlHandler(note, TRUE);
    STARTUPINFOA startup = {sizeof startup};
    PROCESS_INFORMATION child;
    if (!CreateProcessA(NULL, words[2], NULL, NULL, TRUE, 0, NULL, NULL, &startup, &child)) return 97;
    for (int tenths = 0; tenths < 600 && !there(words[1]); tenths++) Sleep(100);
    Sleep(500);
    if (!there(words[1])) return 96;
    if (!GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0)) return 95;
    if (WaitForSingleObject(child.hProcess, 60000) != WAIT_OBJECT_0) return 94;
    DWORD status = 93;
    GetExitCodeProcess(child.hProcess, &status);
    return (int)status;
}
