//! Compiles the `.proto` files, without `protoc`; what is generated goes to `OUT_DIR` alone.

use std::error::Error;

const FILES: [&str; 6] = [
    "natter/v1/model.proto",
    "natter/v1/timeline.proto",
    "natter/v1/command.proto",
    "natter/v1/reply.proto",
    "natter/v1/event.proto",
    "natter/v1/replica.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=natter");
    let files = protox::compile(FILES, ["."])?;
    // Comments of .proto files are no rustdoc: their code-like parts would be taken for doctests.
    prost_build::Config::new().disable_comments(["."]).compile_fds(files)?;
    Ok(())
}
