//! What stands for functions of the C library in the interpreters, into which it is preloaded, and in
//! programs that scripts start. It holds no right: it is the script's own code.
#![allow(unsafe_code)]

mod epoll;
mod memory;
