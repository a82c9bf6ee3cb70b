# Which folders a script sees.

found <- launcher$folders(folder)
expect_true(all(startsWith(found, "/")))
expect_true(all(dir.exists(found)))
expect_identical(anyDuplicated(found), 0L)
expect_true(all(nzchar(found) & !nzchar(Sys.readlink(found))))
for (needed in c(R.home(), R.home("share"), .libPaths())) {
  expect_true(normalizePath(needed) %in% found, info = needed)
}
# Where the C library is; without it nothing runs.
libraries <- launcher$libraries()
expect_true(all(startsWith(libraries, "/")))
expect_true(any(file.exists(file.path(libraries, "libc.so.6"))))
expect_true(all(normalizePath(setdiff(libraries, normalizePath(folder))) %in% found))
# The launcher's own is nobody's business; nothing of a user's or the server's is there.
expect_false(normalizePath(folder) %in% found)
expect_false(any(sub("^/([^/]*).*", "\\1", found) %in% c("home", "root")))
expect_false(any(found %in% c("/", "/usr", "/etc", "/tmp", "/var")))

top <- launcher$links()
expect_identical(unname(top), unname(Sys.readlink(names(top))))
expect_true(all(nzchar(top)))
expect_identical("/lib" %in% names(top), nzchar(Sys.readlink("/lib")))

# What else the zygote tells of itself.
expect_identical(tasks, 1L)
expect_identical(launcher$described(), paste0("R ", getRversion(), " (", R.home(), ")"))
