/** Copy of the question whether to leave a form that isn't saved. */
export const formSheet = {
  title: "Throw your changes away?",
  text: "What you wrote isn't saved yet.",
  leave: "Throw away",
  stay: "Keep editing",
};
