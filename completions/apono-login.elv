
use builtin;
use str;

set edit:completion:arg-completer[apono-login] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'apono-login'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'apono-login'= {
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand --duration 'Ask for credentials that live this long, over the profile''s duration_seconds'
            cand --saml-response 'SAML response of your identity provider, where no browser can be used here: base64, or the form that carries it; `-` is standard input'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand --force 'Get new credentials even if the cached ones are still good'
            cand --all 'Log in to every installed profile'
            cand --device-code 'Sign in with a code, in a browser on any device'
            cand --no-browser 'Print the link to sign in, and open no browser'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand login 'Sign in if need be, and get credentials for the role (the default command)'
            cand install 'Set up your AWS profile, once'
            cand uninstall 'Take back what install and update-kubeconfig wrote, and the cache'
            cand update-kubeconfig 'Add a cluster to your kubeconfig'
            cand get-token 'Print a token for a cluster, as an ExecCredential (kubectl runs this)'
            cand export-credentials 'Print the role''s credentials for another tool'
            cand exec 'Run a command with the role''s credentials in its environment'
            cand status 'Show who you are, and until when'
            cand doctor 'Walk the whole way from here to the cluster, and say what is wrong and whose it is to mend'
            cand logout 'Forget the cached credentials'
            cand token 'Look into a cluster''s token'
            cand policy 'For admins: print the documents that set the role up, or check what is there'
            cand man 'Print the manual pages'
            cand completions 'Print a shell completion script'
        }
        &'apono-login;login'= {
            cand --duration 'Ask for credentials that live this long, over the profile''s duration_seconds'
            cand --saml-response 'SAML response of your identity provider, where no browser can be used here: base64, or the form that carries it; `-` is standard input'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand --force 'Get new credentials even if the cached ones are still good'
            cand --all 'Log in to every installed profile'
            cand --device-code 'Sign in with a code, in a browser on any device'
            cand --no-browser 'Print the link to sign in, and open no browser'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;install'= {
            cand --account-id 'AWS account of the cluster: 12 digits'
            cand --email 'Your email as your identity provider has it, capitals included'
            cand --region 'Region of the cluster'
            cand --source-profile 'Profile whose credentials may assume the role [default: the one installed, else default; with --sso-… one that fits, else a new one]'
            cand --role-name 'Role made by your admin, with its path if it has one [default: the one installed, else apono-k8s-access]'
            cand --sso-start-url 'Start URL of your AWS access portal: the source profile signs in there'
            cand --sso-region 'Region of the access portal [default: that of a profile for the same start URL, else --region]'
            cand --sso-account-id 'AWS account to sign in to [default: --account-id]'
            cand --sso-role-name 'Permission set to sign in with'
            cand --saml-provider 'Identity provider that signs you in, as it is called in IAM (SAML) [default: the one that the sign-in tells]'
            cand --saml-url 'Link that opens AWS at the identity provider'
            cand --cluster-name 'Log in and add this cluster to your kubeconfig, too; can be given several times'
            cand --from 'Set up all that a team file names: accounts, sign-ins, clusters'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand --device-code 'Sign in with a code, in a browser on any device'
            cand --no-browser 'Print the link to sign in, and open no browser'
            cand --credential-process 'Let AWS tools fetch credentials through apono-login instead of assuming the role themselves'
            cand --dry-run 'Print the change as a unified diff and write nothing'
            cand --yes 'Ask nothing: change a profile that is there, take the email that the sign-in tells'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;uninstall'= {
            cand --from 'Take back what was installed from this team file'
            cand --kubeconfig 'Kubeconfig to clean [default: all of $KUBECONFIG, else ~/.kube/config]'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand --all 'Take back every installed profile'
            cand --dry-run 'Print the changes as unified diffs and write nothing'
            cand --yes 'Do not ask'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;update-kubeconfig'= {
            cand --name 'Name of the EKS cluster'
            cand --region 'Region of the cluster [default: $AWS_REGION, else the profile''s]'
            cand --alias 'Name of the context [default: the cluster''s ARN]'
            cand --user-alias 'Name of the user entry [default: PROFILE@ARN of the cluster]'
            cand --namespace 'Namespace of the context'
            cand --kubeconfig 'Kubeconfig to write [default: the file of $KUBECONFIG with the entry, else its first, else ~/.kube/config]'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand --no-switch 'Leave the current context as it is'
            cand --dry-run 'Print the change as a unified diff and write nothing'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;get-token'= {
            cand --cluster-name 'Name of the EKS cluster'
            cand --cluster-id 'Name of the EKS cluster'
            cand --region 'Region of the cluster [default: $AWS_REGION, else the profile''s]'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;export-credentials'= {
            cand --format 'process is what credential_process reads; the others are for shells'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;exec'= {
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;status'= {
            cand --output 'How to print it'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand --short 'Print one short line for a shell''s prompt, such as `alice@example.com 42m`: what is cached for the profile, and nothing if that is none. Reads no config file, so a changed profile shows after the next login. The exit status is 0 while those credentials live, else 3'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apono-login;doctor'= {
            cand --cluster-name 'Name of the EKS cluster [default: that of the current context, if apono-login wrote it]'
            cand --region 'Region of the cluster [default: $AWS_REGION, else the profile''s]'
            cand --output 'How to print it'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;logout'= {
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand --all 'Forget the credentials of every profile, and the key that sealed them'
            cand --sso 'End the sign-in too. SSO: here and at AWS, so that every AWS tool has to sign in again. SAML: forget what the browser remembers of you at the identity provider'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;token'= {
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
            cand inspect 'Say what a cluster''s token holds, and whether the cluster would take it; asks nobody'
        }
        &'apono-login;token;inspect'= {
            cand --output 'How to print it'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apono-login;policy'= {
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
            cand trust-sso 'The role for people who sign in through IAM Identity Center (AWS SSO)'
            cand trust-saml 'The role for people who sign in at an identity provider (SAML)'
            cand permissions 'The role''s permissions: to find a cluster, and nothing else'
            cand aws-auth 'The role''s entry in the aws-auth ConfigMap of a cluster'
            cand access-entry 'The role''s EKS access entry, in place of the entry in aws-auth'
            cand check 'List what differs from the guide in what is there, dangerous settings first'
        }
        &'apono-login;policy;trust-sso'= {
            cand --account-id 'AWS account of the cluster [default: that of the installed profile''s role]'
            cand --role-name 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]'
            cand --region 'A region of the cluster: China''s, GovCloud''s and others'' have ARNs and sign-in addresses of their own [default: that of the installed profile]'
            cand --format 'How to print it: aws-cli is a shell script, cloudformation a template in YAML'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;policy;trust-saml'= {
            cand --saml-provider 'The identity provider, as it is called in IAM'
            cand --account-id 'AWS account of the cluster [default: that of the installed profile''s role]'
            cand --role-name 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]'
            cand --region 'A region of the cluster: China''s, GovCloud''s and others'' have ARNs and sign-in addresses of their own [default: that of the installed profile]'
            cand --max-session-duration 'How long sessions may be, up to 12 hours: in the whole role only [default: IAM''s, an hour]'
            cand --format 'How to print it: aws-cli is a shell script, cloudformation a template in YAML'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;policy;permissions'= {
            cand --account-id 'AWS account of the cluster [default: that of the installed profile''s role]'
            cand --role-name 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]'
            cand --region 'A region of the cluster: China''s, GovCloud''s and others'' have ARNs and sign-in addresses of their own [default: that of the installed profile]'
            cand --format 'How to print it: aws-cli is a shell script, cloudformation a template in YAML'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;policy;aws-auth'= {
            cand --account-id 'AWS account of the cluster [default: that of the installed profile''s role]'
            cand --role-name 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]'
            cand --region 'A region of the cluster: China''s, GovCloud''s and others'' have ARNs and sign-in addresses of their own [default: that of the installed profile]'
            cand --username-prefix 'What stands before the email in usernames, if Apono grants to such names'
            cand --cluster-name 'The cluster, for --format aws-cli'
            cand --format 'How to print it: aws-cli is a shell script'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;policy;access-entry'= {
            cand --cluster-name 'Name of the EKS cluster'
            cand --account-id 'AWS account of the cluster [default: that of the installed profile''s role]'
            cand --role-name 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]'
            cand --region 'A region of the cluster: China''s, GovCloud''s and others'' have ARNs and sign-in addresses of their own [default: that of the installed profile]'
            cand --username-prefix 'What stands before the email in usernames, with a colon [default: apono-managed-user:]'
            cand --format 'How to print it: aws-cli is a shell script, cloudformation a template in YAML'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;policy;check'= {
            cand --account-id 'AWS account of the cluster [default: that of the installed profile''s role]'
            cand --role-name 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]'
            cand --region 'A region of the cluster: China''s, GovCloud''s and others'' have ARNs and sign-in addresses of their own [default: that of the installed profile]'
            cand --saml-provider 'The identity provider that signs people in, as it is called in IAM (SAML)'
            cand --username-prefix 'What stands before the email in usernames'
            cand --cluster-name 'The cluster, whose access entry for the role is looked at, too; it counts before aws-auth'
            cand --context 'Context of the cluster in your kubeconfig [default: the current one]'
            cand --output 'How to print it'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;man'= {
            cand --dir 'Write one page for each command into this folder'
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;completions'= {
            cand --profile 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]'
            cand --color 'When to use colours'
            cand -v 'Say what is done and why'
            cand --verbose 'Say what is done and why'
            cand -h 'Print help'
            cand --help 'Print help'
        }
    ]
    $completions[$command]
}
