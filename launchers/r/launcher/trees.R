# Which folders a script sees: R, its packages, the libraries they load, fonts.

# Symbolic links at the top of a host whose /usr holds everything.
top <- c("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin")

# Absolute paths; some may not exist or lie in others. `folder`: this launcher's own, which is nobody's
# business.
folders <- function(folder) {
  found <- c(
    R.home(), R.home("share"), R.home("doc"), R.home("include"), .libPaths(), libraries(),
    "/usr/lib64", "/lib64", "/usr/lib/locale", "/usr/share/zoneinfo",
    # For text in plots.
    "/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/fontconfig", "/var/cache/fontconfig"
  )
  found <- unique(c(found, normalizePath(found, mustWork = FALSE)))
  real <- found[dir.exists(found) & !nzchar(Sys.readlink(found))]
  sort(setdiff(real, normalizePath(folder)))
}

# The folders of the shared libraries that are loaded now.
libraries <- function() {
  maps <- readLines("/proc/self/maps")
  files <- sub("^[^/]*", "", grep("/.*[.]so", maps, value = TRUE))
  unique(dirname(files))
}

# Links on the way to the folders: targets, named by the paths.
links <- function() {
  targets <- Sys.readlink(top)
  targets <- stats::setNames(targets, top)
  targets[nzchar(targets) & !is.na(targets)]
}
