/**
 * The form in which emails are compared: ASCII letters in lower case, all else as it is.
 *
 * Not `toLowerCase`: that also turns a few other letters (the Kelvin sign) into ASCII ones, which would let a
 * strange spelling match somebody else's account.
 */
export function emailKey(email: string): string {
  return email.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
