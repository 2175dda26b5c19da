# What a binary is, by its headers: sourced, never run. Needs file and readelf.
# shellcheck shell=bash

# elf_is_static FILE: no interpreter and no library is asked for, and no symbols or debug sections are left.
elf_is_static() {
  local headers dynamic sections
  file -b "$1" | grep -qE 'static-pie linked, stripped|statically linked, stripped' || return 1
  headers=$(readelf --program-headers --wide "$1")
  dynamic=$(readelf --dynamic --wide "$1")
  sections=$(readelf --sections --wide "$1")
  [[ $headers == *LOAD* && $headers != *INTERP* && $dynamic != *NEEDED* && $sections != *.symtab* && $sections != *.debug_* ]]
}

# elf_machine FILE: the processor that it is for, by uname's name.
elf_machine() {
  case $(LC_ALL=C readelf --file-header "$1" | sed -nE 's/^ *Machine: *//p') in
  *X86-64) printf x86_64 ;;
  AArch64) printf aarch64 ;;
  *) printf unknown ;;
  esac
}
