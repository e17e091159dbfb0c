#![no_main]

#[path = "../targets.rs"]
#[expect(dead_code, reason = "one of them is driven here")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::picture(data));
