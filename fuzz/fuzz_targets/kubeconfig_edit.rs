#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| apono_login_fuzz::kubeconfig_edit(data));
