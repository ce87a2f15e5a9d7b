# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_apono_login_global_optspecs
    string join \n profile= v/verbose color= force duration= all device-code no-browser saml-response= h/help V/version
end

function __fish_apono_login_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_apono_login_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_apono_login_using_subcommand
    set -l cmd (__fish_apono_login_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c apono-login -n "__fish_apono_login_needs_command" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_needs_command" -l duration -d 'Ask for credentials that live this long, over the profile\'s duration_seconds' -r
complete -c apono-login -n "__fish_apono_login_needs_command" -l saml-response -d 'SAML response of your identity provider, where no browser can be used here: base64, or the form that carries it; `-` is standard input' -r -F
complete -c apono-login -n "__fish_apono_login_needs_command" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_needs_command" -l force -d 'Get new credentials even if the cached ones are still good'
complete -c apono-login -n "__fish_apono_login_needs_command" -l all -d 'Log in to every installed profile'
complete -c apono-login -n "__fish_apono_login_needs_command" -l device-code -d 'Sign in with a code, in a browser on any device'
complete -c apono-login -n "__fish_apono_login_needs_command" -l no-browser -d 'Print the link to sign in, and open no browser'
complete -c apono-login -n "__fish_apono_login_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apono-login -n "__fish_apono_login_needs_command" -s V -l version -d 'Print version'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "login" -d 'Sign in if need be, and get credentials for the role (the default command)'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "install" -d 'Set up your AWS profile, once'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "uninstall" -d 'Take back what install and update-kubeconfig wrote, and the cache'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "update-kubeconfig" -d 'Add a cluster to your kubeconfig'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "get-token" -d 'Print a token for a cluster, as an ExecCredential (kubectl runs this)'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "export-credentials" -d 'Print the role\'s credentials for another tool'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "exec" -d 'Run a command with the role\'s credentials in its environment'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "status" -d 'Show who you are, and until when'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "doctor" -d 'Walk the whole way from here to the cluster, and say what is wrong and whose it is to mend'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "logout" -d 'Forget the cached credentials'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "token" -d 'Look into a cluster\'s token'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "policy" -d 'For admins: print the documents that set the role up, or check what is there'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "man" -d 'Print the manual pages'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "completions" -d 'Print a shell completion script'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l duration -d 'Ask for credentials that live this long, over the profile\'s duration_seconds' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l saml-response -d 'SAML response of your identity provider, where no browser can be used here: base64, or the form that carries it; `-` is standard input' -r -F
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l force -d 'Get new credentials even if the cached ones are still good'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l all -d 'Log in to every installed profile'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l device-code -d 'Sign in with a code, in a browser on any device'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l no-browser -d 'Print the link to sign in, and open no browser'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l account-id -d 'AWS account of the cluster: 12 digits' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l email -d 'Your email as your identity provider has it, capitals included' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l region -d 'Region of the cluster' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l source-profile -d 'Profile whose credentials may assume the role [default: the one installed, else default; with --sso-… one that fits, else a new one]' -r -f -a "(apono-login complete-values profiles 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l role-name -d 'Role made by your admin, with its path if it has one [default: the one installed, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l sso-start-url -d 'Start URL of your AWS access portal: the source profile signs in there' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l sso-region -d 'Region of the access portal [default: that of a profile for the same start URL, else --region]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l sso-account-id -d 'AWS account to sign in to [default: --account-id]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l sso-role-name -d 'Permission set to sign in with' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l saml-provider -d 'Identity provider that signs you in, as it is called in IAM (SAML) [default: the one that the sign-in tells]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l saml-url -d 'Link that opens AWS at the identity provider' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l cluster-name -d 'Log in and add this cluster to your kubeconfig, too; can be given several times' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l from -d 'Set up all that a team file names: accounts, sign-ins, clusters' -r -F
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l device-code -d 'Sign in with a code, in a browser on any device'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l no-browser -d 'Print the link to sign in, and open no browser'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l credential-process -d 'Let AWS tools fetch credentials through apono-login instead of assuming the role themselves'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l dry-run -d 'Print the change as a unified diff and write nothing'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l yes -d 'Ask nothing: change a profile that is there, take the email that the sign-in tells'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l from -d 'Take back what was installed from this team file' -r -F
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l kubeconfig -d 'Kubeconfig to clean [default: all of $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l all -d 'Take back every installed profile'
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l dry-run -d 'Print the changes as unified diffs and write nothing'
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l yes -d 'Do not ask'
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l name -d 'Name of the EKS cluster' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l region -d 'Region of the cluster [default: $AWS_REGION, else the profile\'s]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l alias -d 'Name of the context [default: the cluster\'s ARN]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l user-alias -d 'Name of the user entry [default: PROFILE@ARN of the cluster]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l namespace -d 'Namespace of the context' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l kubeconfig -d 'Kubeconfig to write [default: the file of $KUBECONFIG with the entry, else its first, else ~/.kube/config]' -r -F
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l no-switch -d 'Leave the current context as it is'
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l dry-run -d 'Print the change as a unified diff and write nothing'
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -l cluster-name -l cluster-id -d 'Name of the EKS cluster' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -l region -d 'Region of the cluster [default: $AWS_REGION, else the profile\'s]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand export-credentials" -l format -d 'process is what credential_process reads; the others are for shells' -r -f -a "process\t''
env\t''
env-no-export\t''
fish\t''
powershell\t''
windows-cmd\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand export-credentials" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand export-credentials" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand export-credentials" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand export-credentials" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand exec" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand exec" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand exec" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand exec" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand status" -l output -d 'How to print it' -r -f -a "text\t''
json\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand status" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand status" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand status" -l short -d 'Print one short line for a shell\'s prompt, such as `alice@example.com 42m`: what is cached for the profile, and nothing if that is none. Reads no config file, so a changed profile shows after the next login. The exit status is 0 while those credentials live, else 3'
complete -c apono-login -n "__fish_apono_login_using_subcommand status" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -l cluster-name -d 'Name of the EKS cluster [default: that of the current context, if apono-login wrote it]' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -l region -d 'Region of the cluster [default: $AWS_REGION, else the profile\'s]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -l output -d 'How to print it' -r -f -a "text\t''
json\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand logout" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand logout" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand logout" -l all -d 'Forget the credentials of every profile, and the key that sealed them'
complete -c apono-login -n "__fish_apono_login_using_subcommand logout" -l sso -d 'End the sign-in too. SSO: here and at AWS, so that every AWS tool has to sign in again. SAML: forget what the browser remembers of you at the identity provider'
complete -c apono-login -n "__fish_apono_login_using_subcommand logout" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand logout" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and not __fish_seen_subcommand_from inspect" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and not __fish_seen_subcommand_from inspect" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and not __fish_seen_subcommand_from inspect" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and not __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and not __fish_seen_subcommand_from inspect" -f -a "inspect" -d 'Say what a cluster\'s token holds, and whether the cluster would take it; asks nobody'
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and __fish_seen_subcommand_from inspect" -l output -d 'How to print it' -r -f -a "text\t''
json\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and __fish_seen_subcommand_from inspect" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and __fish_seen_subcommand_from inspect" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and __fish_seen_subcommand_from inspect" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions aws-auth access-entry check" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions aws-auth access-entry check" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions aws-auth access-entry check" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions aws-auth access-entry check" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions aws-auth access-entry check" -f -a "trust-sso" -d 'The role for people who sign in through IAM Identity Center (AWS SSO)'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions aws-auth access-entry check" -f -a "trust-saml" -d 'The role for people who sign in at an identity provider (SAML)'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions aws-auth access-entry check" -f -a "permissions" -d 'The role\'s permissions: to find a cluster, and nothing else'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions aws-auth access-entry check" -f -a "aws-auth" -d 'The role\'s entry in the aws-auth ConfigMap of a cluster'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions aws-auth access-entry check" -f -a "access-entry" -d 'The role\'s EKS access entry, in place of the entry in aws-auth'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions aws-auth access-entry check" -f -a "check" -d 'List what differs from the guide in what is there, dangerous settings first'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -l account-id -d 'AWS account of the cluster [default: that of the installed profile\'s role]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -l role-name -d 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -l region -d 'A region of the cluster: China\'s, GovCloud\'s and others\' have ARNs and sign-in addresses of their own [default: that of the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -l format -d 'How to print it: aws-cli is a shell script, cloudformation a template in YAML' -r -f -a "json\t''
yaml\t''
aws-cli\t''
cloudformation\t''
terraform\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l saml-provider -d 'The identity provider, as it is called in IAM' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l account-id -d 'AWS account of the cluster [default: that of the installed profile\'s role]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l role-name -d 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l region -d 'A region of the cluster: China\'s, GovCloud\'s and others\' have ARNs and sign-in addresses of their own [default: that of the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l max-session-duration -d 'How long sessions may be, up to 12 hours: in the whole role only [default: IAM\'s, an hour]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l format -d 'How to print it: aws-cli is a shell script, cloudformation a template in YAML' -r -f -a "json\t''
yaml\t''
aws-cli\t''
cloudformation\t''
terraform\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -l account-id -d 'AWS account of the cluster [default: that of the installed profile\'s role]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -l role-name -d 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -l region -d 'A region of the cluster: China\'s, GovCloud\'s and others\' have ARNs and sign-in addresses of their own [default: that of the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -l format -d 'How to print it: aws-cli is a shell script, cloudformation a template in YAML' -r -f -a "json\t''
yaml\t''
aws-cli\t''
cloudformation\t''
terraform\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l account-id -d 'AWS account of the cluster [default: that of the installed profile\'s role]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l role-name -d 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l region -d 'A region of the cluster: China\'s, GovCloud\'s and others\' have ARNs and sign-in addresses of their own [default: that of the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l username-prefix -d 'What stands before the email in usernames, if Apono grants to such names' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l cluster-name -d 'The cluster, for --format aws-cli' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l format -d 'How to print it: aws-cli is a shell script' -r -f -a "json\t''
yaml\t''
aws-cli\t''
cloudformation\t''
terraform\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l cluster-name -d 'Name of the EKS cluster' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l account-id -d 'AWS account of the cluster [default: that of the installed profile\'s role]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l role-name -d 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l region -d 'A region of the cluster: China\'s, GovCloud\'s and others\' have ARNs and sign-in addresses of their own [default: that of the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l username-prefix -d 'What stands before the email in usernames, with a colon [default: apono-managed-user:]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l format -d 'How to print it: aws-cli is a shell script, cloudformation a template in YAML' -r -f -a "json\t''
yaml\t''
aws-cli\t''
cloudformation\t''
terraform\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l account-id -d 'AWS account of the cluster [default: that of the installed profile\'s role]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l role-name -d 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l region -d 'A region of the cluster: China\'s, GovCloud\'s and others\' have ARNs and sign-in addresses of their own [default: that of the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l saml-provider -d 'The identity provider that signs people in, as it is called in IAM (SAML)' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l username-prefix -d 'What stands before the email in usernames' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l cluster-name -d 'The cluster, whose access entry for the role is looked at, too; it counts before aws-auth' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l context -d 'Context of the cluster in your kubeconfig [default: the current one]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l output -d 'How to print it' -r -f -a "text\t''
json\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand man" -l dir -d 'Write one page for each command into this folder' -r -F
complete -c apono-login -n "__fish_apono_login_using_subcommand man" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand man" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand man" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand completions" -l profile -d 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand completions" -s v -l verbose -d 'Say what is done and why'
complete -c apono-login -n "__fish_apono_login_using_subcommand completions" -s h -l help -d 'Print help'
complete -c apono-login -n "test (commandline -opc)[-1] = --profile" -f -a "(apono-login complete-values installed 2>/dev/null)"
