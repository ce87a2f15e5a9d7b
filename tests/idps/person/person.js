// Fills in the sign-in page as WHO (who.js, which the run writes), and answers the page that asks for consent. After a refusal the
// person waits.
const find = (selector) => document.querySelector(selector);
const [user, password] = [find('input[name=username]'), find('input[name=password]')];
const consent = find(WHO.consents ? '[name=accept]' : '[name=cancel]');
if (WHO.user && user && password && !sessionStorage.refused) {
  user.value = WHO.user;
  password.value = 'correct horse';
  password.form.requestSubmit();
} else if (consent) {
  if (!WHO.consents) sessionStorage.refused = 'yes';
  consent.click();
}
