/* The one function of bcryptprimitives.dll that Rust's standard library calls, which wine 8 does not have. */
#include <windows.h>
BOOLEAN WINAPI SystemFunction036(PVOID bytes, ULONG length); /* RtlGenRandom of advapi32.dll */
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length) { return SystemFunction036(bytes, (ULONG)length); }
