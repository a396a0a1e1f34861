# SPDX-License-Identifier: GPL-2.0-or-later
# Type a line and a tab into an interactive zsh, and print what it makes of it:
# zsh -f tests/complete.zsh FUNCTIONS LINE, FUNCTIONS being the folder of the completion.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1='ready>'; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; bindkey '^I' complete-word"
zpty -r -m shell seen '*ready>*ready>*'
zpty -w -n shell "$2"$'\t'
zpty -w -n shell $'\C-e # end\n'
zpty -r -m shell seen '*# end*'
print -r -- "$seen" | tr -d '\r\b'
zpty -d shell
