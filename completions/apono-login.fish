# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_apono_login_global_optspecs
    string join \n force duration= all device-code no-browser switch-user saml-response= v/verbose color= h/help V/version profile=
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

complete -c apono-login -n "__fish_apono_login_needs_command" -l duration -d 'Get credentials that are valid this long: 15m to 12h, as in 3600, 90m or 1h30m [default: duration_seconds of the profile, else 1h]' -r
complete -c apono-login -n "__fish_apono_login_needs_command" -l saml-response -d 'Read the SAML response from this file (base64, or the form that contains it) instead of using a browser; `-` for standard input' -r -F
complete -c apono-login -n "__fish_apono_login_needs_command" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_needs_command" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_needs_command" -l force -d 'Get new credentials even if the cached ones have not expired'
complete -c apono-login -n "__fish_apono_login_needs_command" -l all -d 'Log in to every installed profile'
complete -c apono-login -n "__fish_apono_login_needs_command" -l device-code -d 'Sign in anew with a code, in a browser on any device'
complete -c apono-login -n "__fish_apono_login_needs_command" -l no-browser -d 'Sign in anew, and print the link instead of opening a browser'
complete -c apono-login -n "__fish_apono_login_needs_command" -l switch-user -d 'Sign in as another user: end the present sign-in first'
complete -c apono-login -n "__fish_apono_login_needs_command" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_needs_command" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_needs_command" -s V -l version -d 'Print the version'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "login" -d 'Sign in if needed and get role credentials (default)'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "install" -d 'Set up an AWS profile, and clusters'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "update-kubeconfig" -d 'Add a cluster to your kubeconfig'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "status" -d 'Show your session name, role and time left'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "whoami" -d 'Show your session name, role and time left'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "doctor" -d 'Check every step from this computer to the cluster and show how to fix what fails'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "exec" -d 'Run a command with role credentials in its environment'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "logout" -d 'Delete the cached credentials'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "uninstall" -d 'Remove what install and update-kubeconfig wrote, and the cached credentials'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "get-token" -d 'Print a cluster token for kubectl (an ExecCredential)'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "export-credentials" -d 'Print role credentials for another tool'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "token" -d 'Inspect a cluster token'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "policy" -d 'Print or check the AWS and EKS setup of the role'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "man" -d 'Print or write the manual pages'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "help" -d 'Print the help of a command'
complete -c apono-login -n "__fish_apono_login_needs_command" -f -a "version" -d 'Print the version'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l duration -d 'Get credentials that are valid this long: 15m to 12h, as in 3600, 90m or 1h30m [default: duration_seconds of the profile, else 1h]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l saml-response -d 'Read the SAML response from this file (base64, or the form that contains it) instead of using a browser; `-` for standard input' -r -F
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l force -d 'Get new credentials even if the cached ones have not expired'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l all -d 'Log in to every installed profile'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l device-code -d 'Sign in anew with a code, in a browser on any device'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l no-browser -d 'Sign in anew, and print the link instead of opening a browser'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -l switch-user -d 'Sign in as another user: end the present sign-in first'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand login" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l account-id -d 'Set the AWS account ID of the cluster (12 digits)' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l email -d 'Set your email exactly as your identity provider has it, including capitals' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l region -d 'Set the region of the cluster' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l source-profile -d 'Assume the role with the credentials of this profile [default: the installed one, else default; with --sso-start-url a profile for it, else a new one]' -r -f -a "(apono-login complete-values profiles 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l role-name -d 'Set the role that your admin created, with its path if it has one [default: the installed one, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l sso-start-url -d 'Sign in at the AWS access portal with this start URL' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l sso-region -d 'Set the region of the access portal [default: that of a profile with the same start URL, else --region]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l sso-account-id -d 'Sign in to this AWS account [default: --account-id]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l sso-role-name -d 'Sign in with this permission set' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l sso-session -d 'Use this sso-session of the AWS config file, or write one of this name: for several sign-ins at one access portal [default: the one in use, else the one that is signed in]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l saml-provider -d 'Set the name of your SAML identity provider in IAM [default: the one in the SAML response]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l saml-url -d 'Sign in at your SAML identity provider by the link that opens AWS there' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l cluster-name -d 'Log in and add this cluster to your kubeconfig (repeatable)' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l from -d 'Set up the accounts, sign-ins and clusters of this team file' -r -F
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l device-code -d 'Sign in anew with a code, in a browser on any device'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l no-browser -d 'Sign in anew, and print the link instead of opening a browser'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l switch-user -d 'Sign in as another user: end the present sign-in first'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l credential-process -d 'Let AWS tools get credentials from apono-login instead of assuming the role themselves, which tools written in C++ cannot'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l refresh-clusters -d 'Look up all clusters of the team file, as after one was created again [default: those that were not looked up in the last 24 hours]'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l no-switch -d 'Do not switch the current context'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l dry-run -d 'Print the change as a unified diff and write nothing'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -l yes -d 'Do not prompt; overwrite an existing profile and use the email from the sign-in'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand install" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l name -d 'Add this EKS cluster' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l region -d 'Look for the cluster in this region [default: $AWS_REGION, else the region of the profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l alias -d 'Set the name of the context [default: the ARN of the cluster]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l user-alias -d 'Set the name of the user entry [default: PROFILE@ARN]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l namespace -d 'Set the namespace of the context' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l proxy-url -d 'Send kubectl\'s requests to the cluster through this proxy: an http, https or socks5 URL; "" means none [default: the proxy of the entry]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l kubeconfig -d 'Write to this kubeconfig [default: the file of $KUBECONFIG that has the entry, else its first file, else ~/.kube/config]' -r -F
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l no-switch -d 'Do not switch the current context'
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -l dry-run -d 'Print the change as a unified diff and write nothing'
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand update-kubeconfig" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand status" -l output -d 'Set the output format' -r -f -a "text\t''
json\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand status" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand status" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand status" -l short -d 'Print one short line for a shell prompt, or nothing if no credentials are cached'
complete -c apono-login -n "__fish_apono_login_using_subcommand status" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand status" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand whoami" -l output -d 'Set the output format' -r -f -a "text\t''
json\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand whoami" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand whoami" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand whoami" -l short -d 'Print one short line for a shell prompt, or nothing if no credentials are cached'
complete -c apono-login -n "__fish_apono_login_using_subcommand whoami" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand whoami" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -l cluster-name -d 'Check access to this EKS cluster [default: that of the current context, if apono-login wrote it]' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -l region -d 'Look for the cluster in this region [default: $AWS_REGION, else the region of the profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -l output -d 'Set the output format' -r -f -a "text\t''
json\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand exec" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand exec" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand exec" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand exec" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand logout" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand logout" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand logout" -l all -d 'Delete the credentials of every profile, and the key that encrypts the cache'
complete -c apono-login -n "__fish_apono_login_using_subcommand logout" -l sso -d 'Sign out too, of all installed profiles if none is named: end the SSO session, for every AWS tool on this computer; or, with SAML, delete the data of the sign-in browser'
complete -c apono-login -n "__fish_apono_login_using_subcommand logout" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand logout" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l from -d 'Uninstall what was installed from this team file' -r -F
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l kubeconfig -d 'Remove the entries from this kubeconfig [default: all files of $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l all -d 'Uninstall every installed profile'
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l dry-run -d 'Print the changes as unified diffs and write nothing'
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -l yes -d 'Do not prompt; required where there is no terminal'
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand uninstall" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -l cluster-name -d 'Print a token for this EKS cluster' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -l cluster-id -d 'Print a token for the cluster with this ID: a local cluster on an AWS Outpost takes its ID instead of its name' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -l region -d 'Set the region of the cluster [default: $AWS_REGION, else the region of the profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -l api-version -d 'Answer in this version of the ExecCredential API, v1 or v1beta1, where the client requests none in $KUBERNETES_EXEC_INFO [default: v1]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand get-token" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand export-credentials" -l format -d 'Set the output format: process is for credential_process, the others are for shells' -r -f -a "process\t''
env\t''
env-no-export\t''
fish\t''
powershell\t''
windows-cmd\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand export-credentials" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand export-credentials" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand export-credentials" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand export-credentials" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and not __fish_seen_subcommand_from inspect" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and not __fish_seen_subcommand_from inspect" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and not __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and not __fish_seen_subcommand_from inspect" -f -a "inspect" -d 'Show the contents of a cluster token and whether a cluster would accept it'
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and __fish_seen_subcommand_from inspect" -l output -d 'Set the output format' -r -f -a "text\t''
json\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and __fish_seen_subcommand_from inspect" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and __fish_seen_subcommand_from inspect" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand token; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions assume-role aws-auth access-entry check" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions assume-role aws-auth access-entry check" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions assume-role aws-auth access-entry check" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions assume-role aws-auth access-entry check" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions assume-role aws-auth access-entry check" -f -a "trust-sso" -d 'Print the role for people who sign in through IAM Identity Center (AWS SSO)'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions assume-role aws-auth access-entry check" -f -a "trust-saml" -d 'Print the role for people who sign in at an identity provider (SAML)'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions assume-role aws-auth access-entry check" -f -a "permissions" -d 'Print the permissions policy of the role: to find a cluster, and nothing else'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions assume-role aws-auth access-entry check" -f -a "assume-role" -d 'Print what a permission set, source role or user needs to assume the role'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions assume-role aws-auth access-entry check" -f -a "aws-auth" -d 'Print the entry of the role for the aws-auth ConfigMap of a cluster'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions assume-role aws-auth access-entry check" -f -a "access-entry" -d 'Print the EKS access entry of the role, for use instead of aws-auth'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and not __fish_seen_subcommand_from trust-sso trust-saml permissions assume-role aws-auth access-entry check" -f -a "check" -d 'Show where the current setup differs from the guide, dangerous settings first'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -l account-id -d 'Set the AWS account ID of the cluster [default: from the installed profile]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -l role-name -d 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -l region -d 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -l format -d 'Set the output format; aws-cli is a shell script, cloudformation a YAML template' -r -f -a "json\t''
yaml\t''
aws-cli\t''
cloudformation\t''
terraform\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-sso" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l saml-provider -d 'Set the name of the identity provider in IAM' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l account-id -d 'Set the AWS account ID of the cluster [default: from the installed profile]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l role-name -d 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l region -d 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l max-session-duration -d 'Set the maximum session duration of the role: 1h to 12h, as in 7200 or 1h30m; not with json and yaml [default: 1h]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l format -d 'Set the output format; aws-cli is a shell script, cloudformation a YAML template' -r -f -a "json\t''
yaml\t''
aws-cli\t''
cloudformation\t''
terraform\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from trust-saml" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -l account-id -d 'Set the AWS account ID of the cluster [default: from the installed profile]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -l role-name -d 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -l region -d 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -l format -d 'Set the output format; aws-cli is a shell script, cloudformation a YAML template' -r -f -a "json\t''
yaml\t''
aws-cli\t''
cloudformation\t''
terraform\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from permissions" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from assume-role" -l account-id -d 'Set the AWS account ID of the cluster [default: from the installed profile]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from assume-role" -l role-name -d 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from assume-role" -l region -d 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from assume-role" -l also -d 'Also allow this action, for a sign-in that has session tags or a source identity; can be repeated' -r -f -a "sts:TagSession\t''
sts:SetSourceIdentity\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from assume-role" -l format -d 'Set the output format' -r -f -a "json\t''
yaml\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from assume-role" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from assume-role" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from assume-role" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from assume-role" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l account-id -d 'Set the AWS account ID of the cluster [default: from the installed profile]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l role-name -d 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l region -d 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l username-prefix -d 'Set the prefix of the email in usernames, if Apono grants access to such names' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l cluster-name -d 'Set the EKS cluster for --format aws-cli' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l format -d 'Set the output format; aws-cli is a shell script' -r -f -a "json\t''
yaml\t''
aws-cli\t''
cloudformation\t''
terraform\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from aws-auth" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l cluster-name -d 'Set the EKS cluster' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l account-id -d 'Set the AWS account ID of the cluster [default: from the installed profile]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l role-name -d 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l region -d 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l username-prefix -d 'Set the prefix of the email in usernames, with a colon [default: apono-managed-user:]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l format -d 'Set the output format; aws-cli is a shell script, cloudformation a YAML template' -r -f -a "json\t''
yaml\t''
aws-cli\t''
cloudformation\t''
terraform\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from access-entry" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l account-id -d 'Set the AWS account ID of the cluster [default: from the installed profile]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l role-name -d 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l region -d 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]' -r -f -a "(apono-login complete-values regions 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l saml-provider -d 'Set the name of the SAML identity provider in IAM' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l username-prefix -d 'Set the prefix of the email in usernames' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l cluster-name -d 'Also check the access entry of the role in this EKS cluster, which overrides aws-auth' -r -f -a "(apono-login complete-values clusters 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l context -d 'Use this context of your kubeconfig [default: the current one]' -r
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l output -d 'Set the output format' -r -f -a "text\t''
json\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l profile -d 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl\'s current context, else apono-k8s-access, else the installed one]' -r -f -a "(apono-login complete-values installed 2>/dev/null)"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand policy; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand completions" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand completions" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand completions" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand man" -l dir -d 'Write one page for each command to this folder' -r -F
complete -c apono-login -n "__fish_apono_login_using_subcommand man" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand man" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand man" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand help" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand help" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand help" -s h -l help -d 'Print help'
complete -c apono-login -n "__fish_apono_login_using_subcommand version" -l color -d 'Color the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c apono-login -n "__fish_apono_login_using_subcommand version" -s v -l verbose -d 'Print what is done, why, and how long it takes'
complete -c apono-login -n "__fish_apono_login_using_subcommand version" -s h -l help -d 'Print help'
complete -c apono-login -n "test (commandline -opc)[-1] = --profile" -f -a "(apono-login complete-values installed 2>/dev/null)"
