/** What each shell is given to ask `sluice __complete` for the words that can come next. */
export const completionScripts: Readonly<Record<string, string>> = {
  bash: `# Completion of sluice for bash: source <(sluice completion bash)
_sluice() {
  local line=\${COMP_LINE:0:COMP_POINT} words current prefix index
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=\${words[\${#words[@]}-1]}
  local IFS=$'\\n'
  COMPREPLY=($("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null))
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *: ]] && compopt -o nospace
  # bash takes a colon for the end of a word, so only what comes after it is put in.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    prefix=\${current%"\${current##*:}"}
    for index in "\${!COMPREPLY[@]}"; do COMPREPLY[index]=\${COMPREPLY[index]#"$prefix"}; done
  fi
}
complete -o default -F _sluice sluice
`,
  zsh: `#compdef sluice
# Completion of sluice for zsh: source <(sluice completion zsh)
_sluice() {
  local -a found
  found=("\${(@f)$(\${words[1]} __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( \${#found} == 0 )); then
    _files
    return
  fi
  compadd -S '' -- \${(M)found:#*:}
  compadd -- \${found:#*:}
}
compdef _sluice sluice
`,
  fish: `# Completion of sluice for fish: sluice completion fish | source
function __sluice_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete -- $words[2..-1] 2>/dev/null
end
complete -c sluice -f -a '(__sluice_complete)'
complete -c sluice -s f -l filename -r -F
`,
};
