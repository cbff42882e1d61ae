// The form_post answer: sends its one form. Without script there is the Continue button.
document.querySelector("form[data-autosubmit]")?.submit();
