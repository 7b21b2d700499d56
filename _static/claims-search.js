// Filter the table of claims and myths while the reader types.  Without scripts the field stays hidden.
const field = document.querySelector(".claims-search");
const rows = [...document.querySelectorAll("table.claims-table tbody tr")];
const input = field.querySelector("input");
const show = () => {
  const words = input.value.toLowerCase().split(/\s+/);
  rows.forEach((row) => (row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word))));
  const shown = rows.filter((row) => !row.hidden).length;
  field.querySelector("output").textContent = input.value ? `${shown} of ${rows.length}` : "";
};
field.hidden = false;
input.addEventListener("input", show);
show();
