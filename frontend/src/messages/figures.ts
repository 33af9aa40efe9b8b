/** Copy that figures and their charts share. */
export const figures = {
  showTable: "Show as table",
  showChart: "Show as chart",
  before: (percent: number) => (percent === 0 ? "Same as the period before" : `${percent > 0 ? "+" : "−"}${Math.abs(percent).toLocaleString("en-US")}% on the period before`),
  noBefore: "Nothing in the period before",
};
